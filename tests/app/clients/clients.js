// What ioredis and redis do unmodified: node clients.js PORT.

const assert = require("node:assert");
const IORedis = require("ioredis");
const redis = require("redis");

async function withIORedis(port) {
  const client = new IORedis(port, "127.0.0.1");
  assert.equal(await client.ping(), "PONG");
  assert.equal(await client.hset("io", "milk", "1", "eggs", "2"), 2);
  assert.deepEqual(await client.hgetall("io"), { milk: "1", eggs: "2" });
  assert.deepEqual(await client.hmget("io", "milk", "none"), ["1", null]);
  assert.deepEqual(
    await client.hgetBuffer("io", "milk"), Buffer.from("1"));
  const bytes = Buffer.from([0, 255, 13, 10]);
  await client.hset("io", "bytes", bytes);
  assert.deepEqual(await client.hgetBuffer("io", "bytes"), bytes);
  const results = await client.pipeline()
    .hincrby("io", "n", 5).hincrby("io", "n", 6).hget("io", "n").exec();
  assert.deepEqual(results, [[null, 5], [null, 11], [null, "11"]]);
  assert.deepEqual(
    await client.multi().hset("io", "a", 1).hget("io", "a").exec(),
    [[null, 1], [null, "1"]]);
  await assert.rejects(client.hincrby("io", "milk", "x"),
    /value is not an integer/);
  const many = [];
  for (let i = 0; i < 1000; i++)
    many.push(client.hset("io:many", `k${i}`, `v${i}`));
  await Promise.all(many);
  assert.equal(await client.hlen("io:many"), 1000);
  const found = new Set();
  for await (const page of client.hscanStream("io:many", { count: 100 }))
    for (let i = 0; i < page.length; i += 2)
      found.add(page[i]);
  assert.equal(found.size, 1000);
  assert.equal(await client.del("io", "io:many"), 2);
  await client.quit();
}

async function withRedis(port, RESP) {
  const name = `resp${RESP}`;
  const client = redis.createClient({
    url: `redis://127.0.0.1:${port}`, RESP, name: "test" });
  client.on("error", (reason) => { throw reason; });
  await client.connect();
  assert.equal(await client.ping(), "PONG");
  assert.equal(await client.hSet(name, { milk: "1", eggs: "2" }), 2);
  assert.deepEqual({ ...await client.hGetAll(name) }, { milk: "1", eggs: "2" });
  assert.equal(await client.hGet(name, "none"), RESP === 3 ? null : null);
  assert.deepEqual(await client.hmGet(name, ["milk", "none"]), ["1", null]);
  assert.deepEqual(
    await Promise.all([client.hIncrBy(name, "n", 5),
      client.hIncrBy(name, "n", 6), client.hGet(name, "n")]),
    [5, 11, "11"]);
  assert.deepEqual(
    await client.multi().hSet(name, "a", "1").hGet(name, "a").exec(),
    [1, "1"]);
  await assert.rejects(client.sendCommand(["HINCRBY", name, "milk", "x"]),
    /value is not an integer/);
  assert.equal(await client.exists(name), 1);
  assert.equal(await client.del(name), 1);
  await client.close();
}

async function main() {
  const port = Number(process.argv[2]);
  await withIORedis(port);
  await withRedis(port, 2);
  await withRedis(port, 3);
  console.log("ok");
}

main().catch((reason) => {
  console.error(reason);
  process.exit(1);
});
