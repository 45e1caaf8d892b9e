import { parentPort } from "node:worker_threads";
import { messageOf } from "../../lib/base/errors.ts";
import { type Job, runJob } from "./_job.ts";

parentPort?.on("message", (job: Job) => {
  runJob(job).then(
    (result) => parentPort?.postMessage({ result }),
    (error) => parentPort?.postMessage({ error: messageOf(error) }),
  );
});
