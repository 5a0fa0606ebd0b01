"""Snowflake's SQL REST API over the emulator fakesnow, for tests: polling, partitions, jsonv2 cells.

    python snowflake_bridge.py TABLE EVENTS.PARQUET

fakesnow translates Snowflake's dialect to DuckDB and runs it, so this proves that the SQL parses as Snowflake's and
that it gives the same figures; it proves nothing about a real account's grants, speed or types.
"""

import datetime
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fakesnow
import snowflake.connector

PARTITION_ROWS = 5000
TYPES = {0: "fixed", 1: "real", 2: "text", 3: "date", 5: "variant", 8: "timestamp_ntz", 10: "array", 13: "boolean"}
COLUMN_TYPES = {
    "TIMESTAMP": "TIMESTAMP_NTZ", "BIGINT": "NUMBER(38,0)", "DOUBLE": "FLOAT", "VARCHAR": "TEXT", "BOOLEAN": "BOOLEAN",
    "DECIMAL(18,12)": "NUMBER(18,12)", "VARCHAR[]": "ARRAY",
}


def cell(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return f"{value.replace(tzinfo=datetime.timezone.utc).timestamp():.9f}"
    return str(value)


def load(connection, table, path):
    duck = connection.cursor()._duck_conn
    described = duck.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()
    columns = ", ".join(f"{name} {COLUMN_TYPES[kind]}" for name, kind, *_ in described)
    connection.cursor().execute(f"CREATE TABLE {table} ({columns})")
    values = ", ".join(f"to_json({name})" if kind == "VARCHAR[]" else name for name, kind, *_ in described)
    duck.execute(f"INSERT INTO db1.s1.{table} SELECT {values} FROM read_parquet('{path}')")


def main():
    table, path = sys.argv[1:]
    token = os.environ["SNOWFLAKE_PAT"]
    results = {}
    lock = threading.Lock()
    # Held to the end: what is collected is taken back.
    patch = fakesnow.patch()
    patch.__enter__()
    connection = snowflake.connector.connect(database="db1", schema="s1")
    load(connection, table, path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def is_known(self):
            kind = self.headers.get("x-snowflake-authorization-token-type")
            return kind == "PROGRAMMATIC_ACCESS_TOKEN" and self.headers.get("authorization") == f"Bearer {token}"

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if not self.is_known():
                return self.answer(401, {"code": "390144", "message": "Invalid token"})
            with lock:
                handle = f"fake-{len(results)}"
                try:
                    cursor = connection.cursor()
                    cursor.execute(asked["statement"])
                    columns = [
                        {"name": each.name, "type": TYPES[each.type_code], "scale": each.scale or 0}
                        for each in cursor.description
                    ]
                    results[handle] = (columns, [[cell(value) for value in row] for row in cursor.fetchall()])
                except snowflake.connector.errors.ProgrammingError as error:
                    failure = {"code": str(error.errno), "sqlState": error.sqlstate, "message": str(error.msg)}
                    return self.answer(422, failure)
            return self.answer(202, {"code": "333334", "statementHandle": handle})

        def do_GET(self):
            found = re.fullmatch(r"/api/v2/statements/([^/?]+)(?:\?partition=(\d+))?", self.path)
            if not self.is_known() or found is None:
                return self.answer(401, {"code": "390144", "message": "Invalid token"})
            columns, rows = results[found[1]]
            if found[2] is not None:
                start = int(found[2]) * PARTITION_ROWS
                return self.answer(200, {"data": rows[start : start + PARTITION_ROWS]})
            partitions = [{"rowCount": 0}] * max(1, -(-len(rows) // PARTITION_ROWS))
            meta = {"numRows": len(rows), "format": "jsonv2", "rowType": columns, "partitionInfo": partitions}
            answer = {"code": "090001", "statementHandle": found[1], "resultSetMetaData": meta}
            return self.answer(200, {**answer, "data": rows[:PARTITION_ROWS]})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
