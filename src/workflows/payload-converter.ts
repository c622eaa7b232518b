import type { Payload, PayloadConverter } from "@temporalio/common";
import { defaultPayloadConverter } from "@temporalio/common";

/**
 * Never throws while decoding: in the TypeScript SDK one undecodable signal would otherwise fail every workflow task of
 * its run for ever (sdk-typescript#1174). What cannot be read becomes a marker that handlers refuse by name.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the SDK's interface has it
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      return { __undecodable: true, error: error instanceof Error ? error.message : String(error) } as T;
    }
  },
};
