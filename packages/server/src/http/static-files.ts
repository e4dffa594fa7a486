/**
 * Serves the built dashboard. The files are listed once and a request is looked up in that list,
 * so no path can lead anywhere else.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasCode } from '../platform/error-code.ts';

interface StaticFile {
  readonly content: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Vite puts a hash of the content into these names, so they never change. */
const HASHED = /^\/assets\//;

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Headspace</title>
<h1>The dashboard is not built</h1>
<p>Run <code>npm run build --workspace @headspace/web</code> in Headspace's folder, or start the
server with <code>npm start</code>, which does it. Then reload this page.</p>
</html>
`;

/** @param folder the built dashboard; it may be missing, and may come later */
export function staticFiles(app: FastifyInstance, folder: string): void {
  let version = versionOf(folder);
  let files = listFiles(folder);
  app.get('/*', (request: FastifyRequest, reply: FastifyReply) => {
    const name = request.url.split('?', 1)[0] ?? '/';
    // The page itself is the moment to notice a new build.
    if (name === '/' && versionOf(folder) !== version) {
      version = versionOf(folder);
      files = listFiles(folder);
    }
    const file = files.get(name);
    if (file === undefined) {
      if (name !== '/') return reply.callNotFound();
      return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
    }
    void reply.header('etag', file.etag).header('cache-control', file.cacheControl);
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
    return reply.type(file.type).send(file.content);
  });
}

/** Every file of the folder by its address. Empty where the folder is missing. */
function listFiles(folder: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath, entry.name);
    const address = `/${path.relative(folder, full).split(path.sep).join('/')}`;
    const content = readFileSync(full);
    const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    const file: StaticFile = {
      content,
      type: TYPES[path.extname(full)] ?? 'application/octet-stream',
      etag: `"${digest}"`,
      cacheControl: cacheControl(address),
    };
    files.set(address, file);
    if (address === '/index.html') files.set('/', file);
  }
  return files;
}

/** Changes with each build, which writes the page last and anew. */
function versionOf(folder: string): number | undefined {
  return statSync(path.join(folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function cacheControl(address: string): string {
  if (HASHED.test(address)) return 'public, max-age=31536000, immutable';
  return address.endsWith('.html') ? 'no-store' : 'no-cache';
}
