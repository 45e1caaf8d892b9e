import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Project } from "../../../lib/authoring/project.ts";

/** A temporary folder with a project in it: `lib/mod.ts` and `migrations/`. */
export class ProjectFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(files: Readonly<Record<string, string>> = {}): Promise<ProjectFolder> {
    const folder = new ProjectFolder(await realpath(await mkdtemp(join(tmpdir(), "cosmig-"))));
    await mkdir(join(folder.path, "migrations"));
    await folder.write({ "lib/mod.ts": "export const addField = 1;\n", ...files });
    return folder;
  }

  get project(): Project {
    const folder = join(this.path, "migrations");
    return {
      folder,
      librarySpecifier: "../lib/mod.ts",
      library: { specifiers: [], file: join(this.path, "lib/mod.ts") },
    };
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, name)), { recursive: true });
      await writeFile(join(this.path, name), text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** The text of a migration that is told from others by `value`. */
export function migrationText(value: number): string {
  return `import { addField } from "../lib/mod.ts";\nexport default addField(${value});\n`;
}
