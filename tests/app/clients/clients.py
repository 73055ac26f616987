"""What python3-redis does unmodified: clients.py PORT."""

import sys

import redis


def main(port):
    client = redis.Redis(port=port)
    assert client.ping()
    assert client.hset("py", mapping={"milk": 1, "eggs": b"\x00\xff\r\n"}) == 2
    assert client.hgetall("py") == {b"milk": b"1", b"eggs": b"\x00\xff\r\n"}
    assert client.hmget("py", "milk", "none") == [b"1", None]
    assert client.hincrby("py", "milk", 2) == 3
    assert client.hincrbyfloat("py", "pi", 3.5) == 3.5
    assert client.hexists("py", "milk") and not client.hexists("py", "x")
    with client.pipeline() as pipe:  # MULTI and EXEC, on one bucket
        results = pipe.hset("py", "a", 1).hget("py", "a").hdel("py", "a").execute()
    assert results == [1, b"1", 1], results
    with client.pipeline(transaction=False) as pipe:
        for i in range(1000):
            pipe.hset(f"py:{i % 7}", f"k{i}", i)
        assert pipe.execute() == [1] * 1000
    assert sum(client.hlen(f"py:{i}") for i in range(7)) == 1000
    assert len(dict(client.hscan_iter("py:0", count=10))) == 143
    try:
        client.hincrby("py", "eggs", 1)
        raise AssertionError("no error")
    except redis.ResponseError as reason:
        assert "hash value is not an integer" in str(reason), reason
    assert client.info()["redis_mode"] == "standalone"
    assert client.config_get("maxclients")
    assert client.delete("py", *(f"py:{i}" for i in range(7))) == 8
    assert client.keys("py*") == []
    print("ok")


main(int(sys.argv[1]))
