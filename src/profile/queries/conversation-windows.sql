INSERT INTO conversation_rows
{{pass}};
