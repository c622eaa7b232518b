import { readdirSync } from "node:fs";
import { errorCodeOf } from "./error-code.ts";

/** How many NVIDIA GPUs the kernel driver shows; 0 without the driver. */
export function countGpus(): number {
  try {
    return readdirSync("/proc/driver/nvidia/gpus").length;
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return 0;
    throw error;
  }
}
