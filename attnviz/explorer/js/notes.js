// What the server tells of a trace a moment after it: figures of the heads, roles of the words.

import { channel } from "./channel.js";

export default function notes({ data }) {
  channel().say("notes", data);
}
