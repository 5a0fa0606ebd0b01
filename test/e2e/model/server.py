"""Serves a GGUF model with llama.cpp's own HTTP server: python server.py MODEL CONTEXT SLOTS.

Prints the address once it listens and serves until standard input closes, so that it never outlives its starter.
"""

import sys

import xllamacpp

# A base model has no chat format of its own: messages are its text, one after the other.
TEMPLATE = "{%- for m in messages -%}{{ m.content }}{%- if not loop.last -%}{{ '\n\n' }}{%- endif -%}{%- endfor -%}"

model, context, slots = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
params = xllamacpp.CommonParams()
params.model.path = model
# llama.cpp divides the context between its slots.
params.n_ctx = context * slots
params.n_parallel = slots
# Threads that wait for each other come to a standstill where other programs want the same cores; one does not.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
# Keeps what sliding-window layers have read, so that prompts that begin alike are read once.
params.swa_full = True
params.use_jinja = True
params.chat_template = TEMPLATE
params.hostnames = ["127.0.0.1"]
params.port = 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
