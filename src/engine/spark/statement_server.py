"""Serves read-only SQL of a Spark session to TokenOp on this machine.

    export TOKENOP_SPARK_TOKEN=$(openssl rand -hex 16)
    spark-submit statement_server.py --port 8777          # or: python3 statement_server.py, with pyspark installed
    tokenop profile --engine spark --table my_catalog.my_schema.calls

It speaks a part of Databricks' SQL Statement Execution API: POST and GET /api/2.0/sql/statements, .../result/chunks/N,
.../cancel, inline JSON_ARRAY results. It listens on the loopback address alone; from another machine, use an SSH tunnel.
Every request needs the token. Statements that do more than read are refused before Spark runs them.
Needs nothing but the Python standard library and Spark 3.5 or newer.
"""

import argparse
import hmac
import json
import logging
import os
import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

STATEMENTS = "/api/2.0/sql/statements"
# Rows of a chunk; Databricks cuts by bytes, and clients must not mind.
CHUNK_ROWS = 20_000
KEPT_STATEMENTS = 50
JSON_TYPES = ("ARRAY", "MAP", "STRUCT")
TYPE_NAMES = {
    "byte": "BYTE", "short": "SHORT", "integer": "INT", "long": "LONG", "float": "FLOAT", "double": "DOUBLE",
    "decimal": "DECIMAL", "string": "STRING", "boolean": "BOOLEAN", "binary": "BINARY", "date": "DATE",
    "timestamp": "TIMESTAMP", "timestamp_ntz": "TIMESTAMP_NTZ", "array": "ARRAY", "map": "MAP", "struct": "STRUCT",
}
VALUE_TYPES = {
    "BIGINT": int, "INT": int, "LONG": int, "DOUBLE": float, "FLOAT": float, "STRING": str,
    "BOOLEAN": lambda text: text == "true",
}
# Plans that change something are commands, statements or writes in Spark's own names for them.
WRITES = re.compile(r"Command|Statement|Insert|Create|Replace|Drop|Alter|Truncate|Delete|Update|Merge|Cache|Refresh|Call")
READING_COMMANDS = {"DescribeRelation", "ShowTables", "ShowColumns", "ShowNamespaces", "ExplainCommand"}


class Refused(Exception):
    pass


def require_read_only(spark, sql):
    """Walks the parsed plan: neither it nor anything in it may be a command."""

    def walk(plan):
        name = plan.getClass().getSimpleName()
        if name not in READING_COMMANDS and WRITES.search(name):
            raise Refused(f"{name} does more than read")
        children = plan.children()
        for at in range(children.size()):
            walk(children.apply(at))
        inner = plan.innerChildren()
        for at in range(inner.size()):
            if hasattr(inner.apply(at), "innerChildren"):
                walk(inner.apply(at))

    walk(spark._jsparkSession.sessionState().sqlParser().parsePlan(sql))


class Statement:
    def __init__(self, number, spark, asked, folder):
        self.id = f"spark-{number}"
        self.spark = spark
        self.asked = asked
        self.folder = folder
        self.state = "RUNNING"
        self.error = None
        self.columns = []
        self.counts = []
        self.done = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            self.spark.sparkContext.setJobGroup(self.id, "tokenop", interruptOnCancel=True)
            sql = self.asked["statement"]
            require_read_only(self.spark, sql)
            self.collect(self.spark.sql(sql, args=arguments(self.asked.get("parameters") or [])))
            self.state = "SUCCEEDED"
        except Refused as refusal:
            self.fail("BAD_REQUEST", str(refusal), "42000")
        except PySparkException as error:
            self.fail(error.getCondition() if hasattr(error, "getCondition") else "SPARK", str(error), error.getSqlState())
        except Exception as error:  # Whatever else Spark or Java throws must reach the client, not end the thread.
            self.fail(kind_of(error), type(error).__name__, None)
        self.done.set()

    def fail(self, code, message, sql_state):
        if self.state != "CANCELED":
            self.state = "FAILED"
        self.error = {"error_code": code or "SPARK", "message": message}
        self.sql_state = sql_state

    def collect(self, frame):
        """One JSON array of texts a row, made by the cluster: Python joins them and looks at no cell."""
        self.columns = [
            {"name": field.name, "type_name": TYPE_NAMES.get(field.dataType.typeName(), "STRING"), "position": at}
            for at, field in enumerate(frame.schema.fields)
        ]
        names = [f"c{at}" for at in range(len(self.columns))]
        frame = frame.toDF(*names)
        texts = [
            F.to_json(F.col(name)) if column["type_name"] in JSON_TYPES else F.col(name).cast("string")
            for name, column in zip(names, self.columns)
        ]
        pending = []
        for row in frame.select(F.to_json(F.array(*texts)).alias("row")).toLocalIterator(prefetchPartitions=True):
            pending.append(row[0])
            if len(pending) == CHUNK_ROWS:
                self.write(pending)
                pending = []
        if pending:
            self.write(pending)

    def write(self, rows):
        with open(self.path(len(self.counts)), "w", encoding="utf-8") as file:
            file.write("[" + ",".join(rows) + "]")
        self.counts.append(len(rows))

    def path(self, index):
        return os.path.join(self.folder, f"{self.id}-{index}.json")

    def chunk(self, index):
        with open(self.path(index), encoding="utf-8") as file:
            rows = file.read()
        more = f', "next_chunk_index": {index + 1}' if index + 1 < len(self.counts) else ""
        return f'{{"chunk_index": {index}, "row_count": {self.counts[index]}{more}, "data_array": {rows}}}'

    def describe(self):
        answer = {"statement_id": self.id, "status": {"state": self.state}}
        if self.error is not None:
            answer["status"].update(error=self.error, sql_state=self.sql_state)
        if self.state != "SUCCEEDED":
            return json.dumps(answer)
        answer["manifest"] = {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(self.columns), "columns": self.columns},
            "total_chunk_count": len(self.counts),
            "total_row_count": sum(self.counts),
            "truncated": False,
        }
        text = json.dumps(answer)
        return text if not self.counts else f'{text[:-1]}, "result": {self.chunk(0)}}}'

    def cancel(self):
        if not self.done.is_set():
            self.state = "CANCELED"
            self.spark.sparkContext.cancelJobGroup(self.id)

    def remove(self):
        for index in range(len(self.counts)):
            if os.path.exists(self.path(index)):
                os.remove(self.path(index))


def kind_of(error):
    """The deepest Java class behind an error, such as java.lang.OutOfMemoryError; never its text."""
    cause = getattr(error, "java_exception", None)
    if cause is None:
        return type(error).__name__
    while cause.getCause() is not None:
        cause = cause.getCause()
    return cause.getClass().getName()


def arguments(parameters):
    return {
        each["name"]: None if each.get("value") is None else VALUE_TYPES[each.get("type", "STRING")](each["value"])
        for each in parameters
    }


def handler_for(spark, token, folder):
    statements = {}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Silent: a path names a statement, and a statement may name what is private."""

        def answer(self, status, text):
            body = text.encode("utf-8")
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def refuse(self, status, code):
            self.answer(status, json.dumps({"error_code": code}))

        def body(self):
            return self.rfile.read(int(self.headers.get("content-length") or 0))

        def is_known(self):
            given = self.headers.get("authorization") or ""
            return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())

        def do_POST(self):
            body = self.body()
            if not self.is_known():
                return self.refuse(403, "PERMISSION_DENIED")
            if self.path == STATEMENTS:
                return self.start(json.loads(body))
            found = re.fullmatch(STATEMENTS + r"/([^/]+)/cancel", self.path)
            if found is None or found[1] not in statements:
                return self.refuse(404, "NOT_FOUND")
            statements[found[1]].cancel()
            return self.answer(200, "{}")

        def do_GET(self):
            if not self.is_known():
                return self.refuse(403, "PERMISSION_DENIED")
            found = re.fullmatch(STATEMENTS + r"/([^/]+)(?:/result/chunks/(\d+))?", self.path)
            statement = None if found is None else statements.get(found[1])
            if statement is None:
                return self.refuse(404, "NOT_FOUND")
            if found[2] is None:
                return self.answer(200, statement.describe())
            if int(found[2]) >= len(statement.counts):
                return self.refuse(404, "NOT_FOUND")
            return self.answer(200, statement.chunk(int(found[2])))

        def start(self, asked):
            with lock:
                statement = Statement(handler_state["next"], spark, asked, folder)
                handler_state["next"] += 1
                statements[statement.id] = statement
                for old in list(statements)[:-KEPT_STATEMENTS]:
                    if statements[old].done.is_set():
                        statements.pop(old).remove()
            wait = re.fullmatch(r"(\d+)s", asked.get("wait_timeout", "10s"))
            statement.done.wait(int(wait[1]) if wait else 10)
            self.answer(200, statement.describe())

    handler_state = {"next": 1}
    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=8777, help="0 picks a free one; it is printed")
    parser.add_argument("--view", action="append", default=[], metavar="NAME=PATH", help="Parquet files as a view")
    options = parser.parse_args()
    token = os.environ.get("TOKENOP_SPARK_TOKEN", "")
    if len(token) < 16:
        sys.exit("Set TOKENOP_SPARK_TOKEN to at least 16 characters, here and for tokenop.")
    # Its error log repeats statements and the values they failed on.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    spark = SparkSession.builder.appName("tokenop").getOrCreate()
    # Sums that overflow must fail and not become null; hours are counted in UTC.
    spark.conf.set("spark.sql.ansi.enabled", "true")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    for view in options.view:
        name, path = view.split("=", 1)
        spark.read.parquet(path).createOrReplaceTempView(name)
    with tempfile.TemporaryDirectory(prefix="tokenop-spark-") as folder:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), handler_for(spark, token, folder))
        print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
