SELECT * FROM landed_account;
