/** `POST /api/login` and `POST /api/logout`: the token for a cookie, and back. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HeadspaceError } from '../platform/headspace-error.ts';
import type { Auth } from './auth.ts';
import type { SessionCookies } from './session-cookie.ts';

const Login = z.object({ token: z.string().max(1_000) });

/** Both are open: the first checks the token itself, the second only takes something away. */
export function loginRoutes(app: FastifyInstance, auth: Auth, cookies: SessionCookies): void {
  app.post('/api/login', (request, reply) => {
    const { token } = Login.parse(request.body);
    if (!auth.isOperatorToken(token.trim())) throw new HeadspaceError('unauthorized');
    void reply.header('set-cookie', cookies.issue()).code(204).send();
  });
  app.post('/api/logout', (_request, reply) => {
    void reply.header('set-cookie', cookies.clear()).code(204).send();
  });
}
