import { ApplicationFailure } from "@temporalio/activity";
import type { ActivityInboundCallsInterceptor } from "@temporalio/worker";
import { FAILURES, SlipwayError } from "../domain/errors.ts";

/** The one place where our errors become Temporal's: code as type, retried or not by the table of errors. */
export function failureInterceptor(): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        throw ApplicationFailure.create({
          type: error.code,
          message: error.message,
          nonRetryable: !FAILURES[error.code].retry,
          details: [error.details],
        });
      }
    },
  };
}
