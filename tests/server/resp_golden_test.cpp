// Hashes and connections: replies compared with those of a redis-server, byte
// for byte.

#include "tests/server/resp_golden.hpp"

using namespace kv;

TEST_CASE_METHOD(test::golden_fixture, "hashes reply as Redis's do", "[resp]") {
  compare(R"(
PING
PING hello
PING a b
ECHO hi
ECHO
SELECT 0
SELECT x
nonsense
nonsense with "quoted words" and more
HSET
HSET h
HSET h f
HSET h f 1
HSET h f 2 g 3
HSET h f 2 g
HMSET h f 2 g
HMSET h x 1
HGET h f
HGET h none
HGET none f
HGET h
HMGET h f none x
HMGET none f g
HEXISTS h f
HEXISTS h none
HEXISTS none f
HLEN h
HLEN none
HSTRLEN h f
HSTRLEN h none
HSTRLEN none f
HSETNX h f 9
HSETNX h fresh 9
HSETNX other f 1
HDEL h fresh none
HDEL none f
HDEL h f f
HINCRBY h n 5
HINCRBY h n -7
HINCRBY h n x
HINCRBY h n 1.5
HINCRBY h n " 1"
HINCRBY h n 01
HINCRBY h n 9223372036854775808
HSET h big 9223372036854775807
HINCRBY h big 1
HINCRBY h big 0
HSET h low -9223372036854775808
HINCRBY h low -1
HSET h text abc
HINCRBY h text 1
HINCRBY fresh n 3
HINCRBYFLOAT h fl 1.5
HINCRBYFLOAT h fl 0.1
HINCRBYFLOAT h fl -3.2e2
HINCRBYFLOAT h fl x
HINCRBYFLOAT h fl nan
HINCRBYFLOAT h fl inf
HINCRBYFLOAT h text 1
HINCRBYFLOAT h fl 1e400
HSET h tiny 0
HINCRBYFLOAT h tiny 0.00000000000000001
HSET one f v
HGETALL one
HKEYS one
HVALS one
HGETALL none
HKEYS none
HVALS none
HSCAN one 0
HSCAN one 0 MATCH x*
HSCAN one 0 MATCH f COUNT 10
HSCAN one x
HSCAN one 0 COUNT 0
HSCAN one 0 COUNT x
HSCAN one 0 MATCH
HSCAN one 0 WHAT x
HSCAN none 0
HRANDFIELD one
HRANDFIELD one 5
HRANDFIELD one -3
HRANDFIELD one 1 WITHVALUES
HRANDFIELD one 0
HRANDFIELD one x
HRANDFIELD one 1 WHAT
HRANDFIELD one 1 WITHVALUES x
HRANDFIELD none
HRANDFIELD none 3
HRANDFIELD none 3 WITHVALUES
HRANDFIELD one 9223372036854775807
EXISTS h
EXISTS h none one h
TYPE h
TYPE none
DBSIZE
KEYS none*
KEYS on?
KEYS [o]ne
KEYS on[a-z]
KEYS on[^x]
KEYS o\ne
DEL one none
EXISTS one
UNLINK h
DEL other fresh
DBSIZE
RANDOMKEY
HSET gone a 1 b 2
HDEL gone a b
EXISTS gone
TYPE gone
HSET gone c 3
HGETALL gone
DEL gone
MULTI
HSET t f 1
HGET t f
HGETALL t
HINCRBY t f 1
EXEC
MULTI
MULTI
HGET t f
EXEC
MULTI
EXEC
EXEC
DISCARD
MULTI
HSET t f 5
DISCARD
HGET t f
MULTI
HSET t
EXEC
MULTI
nonsense
HGET t f
EXEC
MULTI
HDEL t f
EXISTS2
EXEC
MULTI
HGET missing f
HMGET missing f g
EXEC
FLUSHALL x
FLUSHALL
DBSIZE
CLIENT GETNAME
CLIENT SETNAME me
CLIENT GETNAME
CLIENT SETNAME "a b"
AUTH x
AUTH default x
AUTH other x
HELLO x
HELLO 2 AUTH other x
HELLO 4
HELLO 2 WHAT
CONFIG GET no-such-parameter
COMMAND INFO no-such-command
RESET
QUIT
)");
}

TEST_CASE_METHOD(test::golden_fixture, "fields are written as in Redis",
                 "[resp]") {
  compare(R"(
HSET h a 1 a 2 b 3 b 4
HLEN h
HGET h a
HSET h a 5 c 6 a 7
HGET h a
HDEL h a a b
HLEN h
SET s 1
HSET s f 1
HGET s f
HDEL s f
HLEN s
HGETALL s
HINCRBY s f 1
HMGET s f
HSCAN s 0
HRANDFIELD s
GET h
APPEND h x
INCR h
STRLEN h
GETRANGE h 0 1
MGET h s
)");
}
