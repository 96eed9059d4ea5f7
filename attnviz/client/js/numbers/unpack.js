// What attnviz/client/packing.py packed: a JSON header, then arrays.

const TYPES = { float32: Float32Array, int16: Int16Array, uint8: Uint8Array };

export function unpack(bytes) {
  const length = bytes[0] + 256 * (bytes[1] + 256 * (bytes[2] + 256 * bytes[3]));
  const start = 4 + length;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  // What arrives need not begin at a multiple of four: a copy does.
  const body = bytes.slice(start).buffer;
  const parts = {};
  for (const [name, place] of Object.entries(header.parts)) {
    const count = place.shape.reduce((a, b) => a * b, 1);
    parts[name] = new TYPES[place.type](body, place.at, count);
  }
  return { header, parts };
}
