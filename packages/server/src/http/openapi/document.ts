/** The OpenAPI 3.1 description of the HTTP API, made from the contract. */
import * as contract from '@headspace/contract';
import { API, ERRORS, type ApiOperation } from '@headspace/contract';
import { z } from 'zod';
import { accessOf } from '../access.ts';

type Json = Readonly<Record<string, unknown>>;

/** Names of the schemas that the contract exports. */
const NAMES = new Map<unknown, string>(
  Object.entries(contract).flatMap(([name, value]) =>
    value instanceof z.ZodType ? [[value, name]] : [],
  ),
);

export function openApiDocument(version: string): Json {
  const schemas: Record<string, Json> = { Problem: PROBLEM };
  const paths: Record<string, Record<string, Json>> = {};
  for (const [tag, operations] of Object.entries(API))
    for (const operation of operations) {
      const at = (paths[operation.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {});
      at[operation.method.toLowerCase()] = describe(operation, tag, schemas);
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Headspace',
      version,
      description:
        'Tokens are files in HEADSPACE_HOME: `operator-token` for /api, `hook-token` for /hook. ' +
        'Keys for /api/remote-agents are made in the dashboard or by `headspace keys`.',
    },
    tags: Object.keys(API).map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe(operation: ApiOperation, tag: string, schemas: Record<string, Json>): Json {
  const { path, method, summary, body, answers } = operation;
  const access = accessOf(path);
  const open = access === 'health' || access === 'page' || access === 'login';
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(open ? {} : { security: [{ token: [] }] }),
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.optionalBody !== true,
            content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, schemas)]),
      ),
      default: {
        description: 'Refused; `code` says why, `cure` what to do',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  };
}

function parametersOf({ path, query = {}, headers = {} }: ApiOperation): Json[] {
  const string = { type: 'string' };
  const described = (where: string, given: Readonly<Record<string, string>>): Json[] =>
    Object.entries(given).map(([name, description]) => {
      return { name, in: where, description, schema: string };
    });
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: string };
  });
  return [...inPath, ...described('query', query), ...described('header', headers)];
}

function answerOf(answer: z.ZodType | string | null, schemas: Record<string, Json>): Json {
  if (answer === null) return { description: 'Done' };
  if (typeof answer === 'string') {
    return { description: 'Done', content: { [answer]: { schema: { type: 'string' } } } };
  }
  const schema = schemaOf(answer, 'output', schemas);
  return { description: 'Done', content: { 'application/json': { schema } } };
}

/** A reference where the contract has a name for it. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  // What zod refines in code has no form in JSON Schema.
  const made = (): Json => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    return json;
  };
  const name = NAMES.get(schema);
  if (name === undefined) return made();
  schemas[name] ??= made();
  return { $ref: `#/components/schemas/${name}` };
}

/** RFC 9457, as error-handler.ts writes it. */
const PROBLEM: Json = {
  type: 'object',
  required: ['code', 'status', 'title', 'cure'],
  properties: {
    type: { type: 'string' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
    cure: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};
