// Score configs of every type, through the generated API of the calling generation.

import assert from "node:assert/strict";
import { test } from "node:test";

const CATEGORIES = [
  { label: "calm", value: 0 },
  { label: "cross", value: 1 },
];
const CONFIGS = {
  NUMERIC: { minValue: -1.5, maxValue: 2, description: "from bad to good" },
  CATEGORICAL: { categories: CATEGORIES },
  BOOLEAN: {},
};
const BOOLEANS = [
  { label: "True", value: 1 },
  { label: "False", value: 0 },
];
const NOTHING = { minValue: null, maxValue: null, description: null, categories: null };

/** Declares the tests; a generation that cannot change a config passes no `update`. */
export function writeScoreConfigs({ name, create, read, update, refusalOf }) {
  for (const [dataType, fields] of Object.entries(CONFIGS)) {
    test(`a ${dataType} config comes back as it was written`, async () => {
      const { id } = await create({ name: `${name} ${dataType.toLowerCase()}`, dataType, ...fields });
      const { createdAt, updatedAt, projectId, ...held } = await read(id);
      const shown = dataType === "BOOLEAN" ? { categories: BOOLEANS } : fields;
      const about = { id, name: `${name} ${dataType.toLowerCase()}`, dataType, isArchived: false };
      assert.deepEqual(held, { ...about, ...NOTHING, ...shown });
      assert.ok(createdAt === updatedAt && projectId.length > 0);
    });
  }

  test("a config whose bounds or labels contradict each other is refused", async () => {
    for (const fields of [
      { dataType: "NUMERIC", minValue: 2, maxValue: 1 },
      { dataType: "CATEGORICAL", categories: [...CATEGORIES, { label: "calm", value: 2 }] },
    ]) {
      assert.equal((await refusalOf(() => create({ name: `${name} refused`, ...fields }))).status, 400);
    }
  });

  if (update !== undefined) {
    test("a changed config is read as it was changed", async () => {
      const { id } = await create({ name: `${name} changed`, dataType: "NUMERIC" });
      await update(id, { isArchived: true, description: "old" });
      const { isArchived, description } = await read(id);
      assert.deepEqual({ isArchived, description }, { isArchived: true, description: "old" });
    });
  }
}
