/** An answer that is a file to be saved under a name. */
import type { Response } from 'express';
import { basename, extname } from 'node:path';

/** It has the type that the name's ending stands for. @param path of which the last name counts */
export function attach(response: Response, path: string): void {
  const name = basename(path);
  response.type(extname(name));
  response.setHeader('Content-Disposition', dispositionOf(name));
}

/** RFC 6266, appendix D: a name in ASCII, which all clients read alike, and the name itself where that is another. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^ -~]/gu, '_').replace(/["\\]/g, '\\$&');
  const attachment = `attachment; filename="${plain}"`;
  return plain === name ? attachment : `${attachment}; filename*=UTF-8''${encoded(name)}`;
}

/** RFC 8187: of what `encodeURIComponent` leaves, these are no characters of an attribute. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
