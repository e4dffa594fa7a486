/**
 * `GET /api/config` and `PATCH /api/config`.
 *
 * The tag names the content of the file. With `If-Match` a change is made only on that content; else
 * 412 says what is there now. Without it what is sent is changed on whatever is there. Either way only
 * the names that were sent change.
 */
import type { ConfigView } from '@headspace/contract';
import { readConfigText } from '@headspace/home';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { patch, problem } from './change-settings.ts';
import type { ConfigSource } from './config-source.ts';
import { changesOf, ifMatch } from './patch-body.ts';
import { configView } from './view.ts';

export function configRoutes(source: ConfigSource): FastifyPluginAsync {
  return (app) => {
    app.addContentTypeParser(
      'application/merge-patch+json',
      { parseAs: 'string' },
      app.getDefaultJsonParser('error', 'error'),
    );
    app.get('/api/config', async (_request, reply) => {
      await source.check();
      return send(reply, configView(source));
    });
    app.patch('/api/config', async (request, reply) => {
      const changes = changesOf(request.body);
      const matches = ifMatch(request.headers['if-match']);
      const outcome = await patch(source, changes, matches);
      if ('problems' in outcome) throw problem(outcome.kind, outcome.problems);
      // Read anew: somebody may have been quicker than this answer, and the newest counts.
      source.take(readConfigText(source.options.file));
      const view = configView(source);
      if (outcome.kind !== 'conflict') return send(reply, view);
      void reply.header('etag', view.etag);
      throw new HeadspaceError('config_changed', undefined, { extensions: { current: view } });
    });
    return Promise.resolve();
  };
}

function send(reply: FastifyReply, view: ConfigView): FastifyReply {
  return reply.header('cache-control', 'no-store').header('etag', view.etag).send(view);
}
