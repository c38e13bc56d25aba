// Models of one's own, through the generated API of the calling generation.

import assert from "node:assert/strict";
import { test } from "node:test";

const INPUT = 0.0000025;
const OUTPUT = 0.00001;

/** Declares the tests; a generation that cannot replace a model passes no `upsert`. */
export function writeModels({ name, create, read, list, remove, upsert, refusalOf }) {
  const about = (id) => ({ modelName: id, matchPattern: `(?i)^${id}$`, unit: "TOKENS" });

  test("a model with flat prices comes back as it was written, and its name is taken", async () => {
    const flat = { ...about(`${name}-flat`), inputPrice: INPUT, outputPrice: OUTPUT };
    const { id } = await create(flat);
    const held = await read(id);
    for (const [key, value] of Object.entries(flat)) assert.deepEqual(held[key], value, key);
    assert.deepEqual([held.totalPrice, held.isLangfuseManaged], [null, false]);
    assert.deepEqual(held.prices, { input: { price: INPUT }, output: { price: OUTPUT } });
    assert.deepEqual(
      held.pricingTiers.map(({ name: tier, isDefault, prices }) => ({ tier, isDefault, prices })),
      [{ tier: "Standard", isDefault: true, prices: { input: INPUT, output: OUTPUT } }],
    );
    assert.equal((await refusalOf(() => create(flat))).status, 400);
  });

  test("a deleted model is gone and a built-in one stays", async () => {
    const { id } = await create({ ...about(`${name}-gone`), totalPrice: INPUT });
    await remove(id);
    assert.equal((await refusalOf(() => read(id))).status, 404);
    const builtIn = (await list({ limit: 100 })).data.find((model) => model.isLangfuseManaged);
    assert.equal((await refusalOf(() => remove(builtIn.id))).status, 404);
    assert.equal((await read(builtIn.id)).modelName, builtIn.modelName);
  });

  if (upsert !== undefined) {
    test("a model is replaced under its id", async () => {
      const id = `${name}-replaced`;
      for (const inputPrice of [INPUT, OUTPUT]) {
        await upsert(id, { ...about(id), inputPrice });
        assert.deepEqual([(await read(id)).id, (await read(id)).inputPrice], [id, inputPrice]);
      }
    });
  }
}
