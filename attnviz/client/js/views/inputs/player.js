// Plays a sound, and tells the second that sounds, in each frame of the screen.

import { element } from "../../draw/paint.js";

/** @import { Sound } from "../../numbers/part.js" */

const HEADER = 44; // bytes of a WAV file before its samples

/** @typedef {{ element: HTMLElement, load: (sound: Sound) => void, destroy: () => void }} Player */

/** @type {(played: (seconds: number | null) => void) => Player} */
export function createPlayer(played) {
  const audio = /** @type {HTMLAudioElement} */ (element("audio", "", null, { controls: "", preload: "auto" }));
  /** @type {Sound["samples"] | null} */
  let loaded = null;
  let frame = 0;

  const follow = () => {
    if (audio.paused || audio.ended) {
      if (audio.ended) played(null);
      return;
    }
    played(audio.currentTime);
    frame = requestAnimationFrame(follow);
  };
  audio.addEventListener("play", follow);
  audio.addEventListener("seeked", () => played(audio.currentTime));
  audio.addEventListener("ended", () => played(null));
  audio.addEventListener("keydown", (event) => event.stopPropagation()); // its keys are its own

  return {
    element: audio,
    load({ of, samples }) {
      if (loaded === samples) return;
      loaded = samples;
      URL.revokeObjectURL(audio.src);
      audio.src = URL.createObjectURL(new Blob([wavOf(samples, of.rate)], { type: "audio/wav" }));
    },
    destroy() {
      cancelAnimationFrame(frame);
      audio.pause();
      URL.revokeObjectURL(audio.src);
    },
  };
}

// Samples of 16 bits as a WAV file of one channel.
/** @type {(samples: ArrayLike<number>, rate: number) => ArrayBuffer} */
export function wavOf(samples, rate) {
  const bytes = new ArrayBuffer(HEADER + 2 * samples.length);
  const view = new DataView(bytes);
  const write = (/** @type {number} */ at, /** @type {string} */ text) => {
    [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  };
  write(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes that follow
  view.setUint16(20, 1, true); // plain numbers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes a second
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true); // bits
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(HEADER + 2 * i, samples[i], true);
  return bytes;
}
