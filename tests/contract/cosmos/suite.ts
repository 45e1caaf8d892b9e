/**
 * The conformance suite: what the service does, as far as migrations and the SDK rely on it, check by check. It talks to any endpoint, holds nothing
 * of any implementation, and says of each expectation where it comes from.
 *
 * @module
 */
import type { Check } from "./check.ts";
import { ACCOUNT_CHECKS } from "./checks/account_checks.ts";
import { BATCH_CHECKS } from "./checks/batch_checks.ts";
import { CONDITION_CHECKS } from "./checks/condition_checks.ts";
import { CONTAINER_CHECKS } from "./checks/container_checks.ts";
import { DOCUMENT_CHECKS } from "./checks/document_checks.ts";
import { FEED_CHECKS } from "./checks/feed_checks.ts";
import { KEY_CHECKS } from "./checks/key_checks.ts";
import { LANGUAGE_CHECKS } from "./checks/language_checks.ts";
import { PATCH_CHECKS } from "./checks/patch_checks.ts";
import { QUERY_CHECKS } from "./checks/query_checks.ts";
import { RANGE_CHECKS } from "./checks/range_checks.ts";
import { RESOURCE_CHECKS } from "./checks/resource_checks.ts";
import { SESSION_CHECKS } from "./checks/session_checks.ts";

/** All checks. */
export const SUITE: readonly Check[] = [
  ...ACCOUNT_CHECKS,
  ...CONTAINER_CHECKS,
  ...RANGE_CHECKS,
  ...DOCUMENT_CHECKS,
  ...CONDITION_CHECKS,
  ...PATCH_CHECKS,
  ...KEY_CHECKS,
  ...BATCH_CHECKS,
  ...QUERY_CHECKS,
  ...LANGUAGE_CHECKS,
  ...FEED_CHECKS,
  ...RESOURCE_CHECKS,
  ...SESSION_CHECKS,
];
