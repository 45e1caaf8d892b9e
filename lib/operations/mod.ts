export type {
  Estimate,
  EstimateContext,
  OperationHandler,
  StepContext,
  StepOutcome,
  VerifyFindings,
} from "./handler.ts";
export { handlerOf } from "./registry.ts";
