/** `/api/personas`, `/api/guardrails` and `/api/agents/:id/persona`. */
import {
  AgentPersonaRequest,
  LearningDecision,
  NewLearningRequest,
  NewPersonaRequest,
  PERSONA_FILES,
  PersonaFileRequest,
  type PersonaFileName,
  type PersonaList,
  type PersonaView,
} from '@headspace/contract';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent, loadAgent } from '../agents/index.ts';
import { ifMatch } from '../config-editor/index.ts';
import { assignPersona } from './assign.ts';
import type { PersonasContext } from './context.ts';
import {
  FILE_LIMIT,
  guardrailsFile,
  listPersonas,
  personaFile,
  personasFolder,
  readGuardrails,
  readPersona,
  readPersonaFile,
} from './folder.ts';
import { countPending, learningView, listLearnings } from './learning-queries.ts';
import { decide, existingPersona, proposeLearning } from './learnings.ts';
import { injectionsOfAgent } from './queries.ts';
import { agentPersonaView, agentsWithPersonas, personaSummary, personaView } from './view.ts';
import { createPersona, type FileTarget, putFile } from './write-files.ts';

interface Params {
  Params: { slug: string; name: string; id: string };
}

/** Three files in JSON, each character escaped as \uXXXX. */
const BODY_LIMIT = FILE_LIMIT * 6 * 3;
const LEARNINGS = 200;
const INJECTIONS = 50;

export function personaRoutes(context: PersonasContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/personas', async () => allPersonas(context));
    app.post('/api/personas', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const body = NewPersonaRequest.parse(request.body);
      await createPersona(context, body);
      return reply.code(201).send(await onePersona(context, body.slug));
    });
    app.get<Params>('/api/personas/:slug', async ({ params }) => onePersona(context, params.slug));
    app.put<Params>(
      '/api/personas/:slug/files/:name',
      { bodyLimit: BODY_LIMIT },
      async (request, reply) => {
        const { slug, name } = request.params;
        if (!isFileName(name)) throw new HeadspaceError('not_found', `A persona has no ${name}.`);
        await existingPersona(context, slug);
        return replace(request, reply, { path: personaFile(context, slug, name), name });
      },
    );
    app.get('/api/guardrails', async (_request, reply) => {
      const file = await readGuardrails(context);
      return reply.header('etag', file.etag).send(file);
    });
    app.put('/api/guardrails', { bodyLimit: BODY_LIMIT }, async (request, reply) =>
      replace(request, reply, { path: guardrailsFile(context), name: 'guardrails.md' }),
    );
    learningRoutes(context, app);
    agentRoutes(context, app);
  };
}

type App = Parameters<FastifyPluginAsync>[0];

function learningRoutes(context: PersonasContext, app: App): void {
  const { pool, hostId } = context;
  app.get<Params>('/api/personas/:slug/learnings', async ({ params: { slug } }) => {
    await existingPersona(context, slug);
    const rows = await listLearnings(pool, slug, hostId, LEARNINGS);
    return { learnings: rows.map(learningView) };
  });
  app.post<Params>('/api/personas/:slug/learnings', async (request, reply) => {
    const body = NewLearningRequest.parse(request.body);
    const row = await proposeLearning(context, request.params.slug, body);
    return reply.code(201).send(learningView(row));
  });
  app.post<Params>('/api/personas/:slug/learnings/:id', async ({ params: { slug, id }, body }) => {
    const decision = LearningDecision.parse(body);
    return learningView(await decide(context, slug, learningId(id), decision));
  });
}

function agentRoutes(context: PersonasContext, app: App): void {
  const view = async (id: number) => {
    const row = await findAgent(context.pool, id);
    if (row === undefined) throw new HeadspaceError('not_found', `There is no agent ${id}.`);
    const injections = await injectionsOfAgent(context.pool, id, INJECTIONS);
    return agentPersonaView(loadAgent(row), injections);
  };
  app.get<Params>('/api/agents/:id/persona', async ({ params }) => view(agentId(params.id)));
  app.put<Params>('/api/agents/:id/persona', async ({ params, body }) => {
    const { persona, key } = AgentPersonaRequest.parse(body);
    const id = agentId(params.id);
    await assignPersona(context, id, persona, key);
    return view(id);
  });
}

async function allPersonas(context: PersonasContext): Promise<PersonaList> {
  const { pool, hostId } = context;
  const [slugs, guardrails, agents, pending] = await Promise.all([
    listPersonas(context),
    readGuardrails(context),
    agentsWithPersonas(pool, hostId),
    countPending(pool, hostId),
  ]);
  const found = await Promise.all(slugs.map(async (slug) => readPersona(context, slug)));
  const personas = found.flatMap((persona) =>
    persona === undefined
      ? []
      : [personaSummary(persona, agents.get(persona.slug), pending.get(persona.slug))],
  );
  return { personas, guardrails, folder: personasFolder(context) };
}

async function onePersona(context: PersonasContext, slug: string): Promise<PersonaView> {
  const persona = await existingPersona(context, slug);
  const [agents, pending] = await Promise.all([
    agentsWithPersonas(context.pool, context.hostId),
    countPending(context.pool, context.hostId),
  ]);
  return personaView(persona, agents.get(slug), pending.get(slug));
}

/** With `If-Match` only on the content that it names; `"none"` is that of a file that is not there. */
async function replace(
  request: FastifyRequest,
  reply: FastifyReply,
  target: FileTarget,
): Promise<FastifyReply> {
  const { content } = PersonaFileRequest.parse(request.body);
  await putFile(target, content, ifMatch(request.headers['if-match']));
  const file = await readPersonaFile(target.path, target.name);
  return reply.header('etag', file.etag).send(file);
}

function isFileName(name: string): name is PersonaFileName {
  return (PERSONA_FILES as readonly string[]).includes(name);
}

function agentId(id: string): number {
  const value = Number(id);
  if (/^\d+$/.test(id) && value >= 1 && value <= 2_147_483_647) return value;
  throw new HeadspaceError('not_found', `There is no agent ${id}.`);
}

function learningId(id: string): number {
  const value = Number(id);
  if (/^\d+$/.test(id) && Number.isSafeInteger(value)) return value;
  throw new HeadspaceError('not_found', `This persona has no learning ${id}.`);
}
