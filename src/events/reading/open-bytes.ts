import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import type { SourceCompression, SourceFile } from "../contract.js";

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file as they lie on disk. */
export function openRaw(path: string, signal: AbortSignal, start = 0): AsyncIterable<Buffer> {
  return createReadStream(path, { start, highWaterMark: CHUNK_BYTES, signal });
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
