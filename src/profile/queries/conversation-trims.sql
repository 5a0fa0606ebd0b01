CREATE OR REPLACE TABLE conversation_trims AS
{{pass}};
