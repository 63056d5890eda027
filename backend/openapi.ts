import { Problem, problems } from '../contract/problem.ts'
import { pathNames, type Route } from '../contract/route.ts'
import { routes } from '../contract/routes.ts'
import { z } from '../contract/zod.ts'

type Json = Record<string, unknown>

/** The route table as OpenAPI 3.1. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Atalaya', version, description: 'The backend of the supervisor’s desktop.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: { ...schema(Problem, 'output'), title: 'Problem details (RFC 9457)' } },
      securitySchemes: { session: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: `Problem details; \`type\` ends in one of: ${Object.keys(problems).join(', ')}.`,
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
    },
  }
}

function operation(name: string, route: Route): Json {
  const fields = fieldsOf(route)
  const inPath = pathNames(route.path)
  const inQuery = route.method === 'GET' || route.method === 'DELETE'
  const placeOf = ({ name }: Field) => (inPath.includes(name) ? 'path' : inQuery ? 'query' : 'body')
  const inBody = fields.filter((field) => placeOf(field) === 'body')
  const parameters = fields
    .filter((field) => placeOf(field) !== 'body')
    .map((field) => ({ ...field, in: placeOf(field) }))
  return {
    operationId: name,
    tags: [name.split('.')[0]],
    summary: route.summary,
    description: `May be called by: ${JSON.stringify(route.need)}`,
    security: route.need === 'anyone' ? [] : [{ session: [] }],
    parameters,
    ...(inBody.length > 0 && { requestBody: body(inBody) }),
    responses: {
      200: { description: 'Done', content: contentOf(route) },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

/** A file has no schema (OpenAPI 3.1, “Considerations for File Uploads”). */
const contentOf = ({ answers, output }: Route): Json =>
  answers
    ? { [`application/${answers}`]: {} }
    : { 'application/json': { schema: schema(output, 'output') } }

/** The fields of an input, each with its schema and whether it has to be given. */
function fieldsOf({ input }: Route) {
  const { properties, required = [] } = z
    .object({
      properties: z.record(z.string(), z.unknown()),
      required: z.array(z.string()).optional(),
    })
    .parse(schema(input, 'input'))
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name),
  }))
}

type Field = ReturnType<typeof fieldsOf>[number]

function body(fields: Field[]): Json {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, field.schema])),
    required: fields.filter((field) => field.required).map(({ name }) => name),
    additionalProperties: false,
  }
  return { required: true, content: { 'application/json': { schema } } }
}

function schema(type: z.ZodType, io: 'input' | 'output'): Json {
  const printed: Json = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  delete printed['$schema']
  return printed
}
