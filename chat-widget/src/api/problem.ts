/** What a refusal of the server says: RFC 9457, or our own when it did not answer at all. */
export interface FieldProblem {
  pointer: string;
  code?: string;
  message: string;
  hint?: string;
  message_es?: string;
  hint_es?: string;
}

/** RFC 9457, or our own when the server did not answer at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    title: string,
    readonly detail?: string,
    readonly errors: FieldProblem[] = [],
    readonly requestId?: string,
    readonly retryAfter?: number,
  ) {
    super(title);
    this.name = 'ApiProblem';
  }
}

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(0, 'offline', String(error));
}

export async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw await problemOf(response);
}

/** The problem in an answer that is none of the good ones. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  try {
    const body = (await response.json()) as Record<string, unknown>;
    return new ApiProblem(
      response.status,
      String(body.code ?? 'unknown'),
      String(body.title ?? response.statusText),
      body.detail as string | undefined,
      (body.errors as FieldProblem[] | undefined) ?? [],
      body.request_id as string | undefined,
      retryAfter,
    );
  } catch {
    return new ApiProblem(response.status, 'unknown', response.statusText || 'Error', undefined, [], undefined, retryAfter);
  }
}
