import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import type { SourceCompression, SourceFile } from "../contract.js";

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file as they lie on disk. */
export function openRaw(path: string, signal: AbortSignal, start = 0): AsyncIterable<Buffer> {
  return createReadStream(path, { start, highWaterMark: CHUNK_BYTES, signal });
}

/**
 * `openRaw` for a reader that is done with each chunk when it asks for the next: one buffer serves all, which saves
 * half the time of a pass that does little with the bytes.
 */
export async function* openFleeting(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = await open(path);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The text bytes of a file: decompressed where its name says that it is compressed. */
export function openText(
  file: Pick<SourceFile, "path" | "compression">,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  return decompress(openRaw(file.path, signal), file.compression);
}

export function decompress(
  chunks: AsyncIterable<Buffer>,
  compression: SourceCompression,
): AsyncIterable<Buffer> {
  if (compression === "none") return chunks;
  return compression === "gzip" ? gunzip(chunks) : unzstd(chunks);
}

async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  // The pipeline destroys the stream with the error, and the loop below throws it.
  pipeline(Readable.from(chunks), stream, () => undefined);
  yield* stream as AsyncIterable<Buffer>;
}

async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  const stream = new Decompress((chunk) => {
    if (chunk.length > 0) ready.push(Buffer.from(chunk));
  });
  for await (const chunk of chunks) {
    stream.push(chunk);
    yield* ready;
    ready = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* ready;
}
