// Strings: replies compared with those of a redis-server, byte for byte.

#include "tests/server/resp_golden.hpp"

using namespace kv;

TEST_CASE_METHOD(test::golden_fixture, "strings reply as Redis's do",
                 "[resp]") {
  compare(R"(
GET
GET s
GET s t
SET s
SET s 1
GET s
SET s "any \x00 bytes\r\n"
GET s
STRLEN s
STRLEN none
SET s 2 NX
SET s 2 XX
SET none 2 XX
GET none
SET fresh 2 NX
SET s 3 GET
SET other 3 GET
SET s 4 NX GET
SET third 4 NX GET
SET third 5 XX GET
SET s 5 NX XX
SET s 5 WHAT
SET s 5 EX
SET s 5 EX 10 PX 10
SET s 5 EX 10 KEEPTTL
SET s 5 EX 0
SET s 5 EX -1
SET s 5 EX x
SET s 5 PX 0
SET s 5 EX 9223372036854775807
SET s 5 PX 9223372036854775807
SET s 5 EXAT 0
SET s 5 EX 100
SET s 6 KEEPTTL
SET s 7 PX 100000 NX
SET s 8 PXAT 99999999999999
SET s 9 EXAT 1
GET s
SETEX s 10 v
SETEX s 0 v
SETEX s x v
SETEX s 10
PSETEX s 10000 v
PSETEX s -1 v
GET s
SETNX s x
SETNX nx x
GETSET s y
GETSET gs y
GETDEL s
GETDEL s
GETDEL none
SET s 1
GETEX s
GETEX s EX 100
GETEX s PERSIST
GETEX s EX 100 PERSIST
GETEX s PERSIST EX 100
GETEX s NX
GETEX s EX 0
GETEX s EXAT 1
GET s
GETEX none EX 100
GETEX none EX x
MGET
MGET gs none nx
MSET a 1 b 2 a 3
MSET a
MSET a 1 b
MGET a b
MSETNX a 1 c 2
MSETNX c 2 d 3
MSETNX c 2 d
MGET a b c d
HSET h f 1
SET h x NX
SETNX h x
SET h x GET
GETSET h x
GETDEL h
GETEX h
MSETNX h 1 z 2
MGET h a
SET h string
GET h
TYPE h
HSET h f 1
DEL h
HSET h f 1
TYPE h
MSET h 1 a 2
TYPE h
DEL a b c d h nx gs fresh
DBSIZE
)");
}

TEST_CASE_METHOD(test::golden_fixture, "strings change as Redis's do",
                 "[resp]") {
  compare(R"(
INCR n
INCRBY n 41
INCRBY n x
INCRBY n 1.0
INCRBY n 9223372036854775808
DECR n
DECRBY n 2
DECRBY n -9223372036854775808
SET big 9223372036854775807
INCR big
INCRBY big 1
DECRBY big -1
SET low -9223372036854775808
DECR low
SET text abc
INCR text
DECR text
INCRBY text 1
INCRBY text x
INCR n n
SET spaced " 1"
INCR spaced
SET padded 01
INCR padded
INCRBYFLOAT f 1.5
INCRBYFLOAT f 0.1
INCRBYFLOAT f -3.2e2
INCRBYFLOAT f x
INCRBYFLOAT f inf
INCRBYFLOAT f nan
INCRBYFLOAT text 1
INCRBYFLOAT n 1
INCRBYFLOAT n 1e400
GET n
APPEND text def
APPEND fresh def
APPEND text ""
GET text
APPEND text
SETRANGE text 1 XY
GET text
SETRANGE text 10 Z
GET text
SETRANGE text -1 Z
SETRANGE text x Z
SETRANGE none 0 ""
EXISTS none
SETRANGE none 3 abc
GET none
SETRANGE text 67108864 a
SETRANGE text 9223372036854775807 a
SETRANGE text 3 ""
SET r "Hello, World"
GETRANGE r 0 4
GETRANGE r -5 -1
GETRANGE r 0 -1
GETRANGE r 5 2
GETRANGE r 100 200
GETRANGE r -100 -200
GETRANGE r -100 2
GETRANGE r 0 -100
GETRANGE r 2 100
GETRANGE r x 1
GETRANGE r 1 x
GETRANGE r 1
GETRANGE missing 0 1
SUBSTR r 0 4
SET empty ""
GETRANGE empty 0 -1
STRLEN empty
HSET h f 1
INCR h
INCRBY h x
INCRBYFLOAT h 1
APPEND h x
SETRANGE h 0 x
SETRANGE h -1 x
GETRANGE h 0 1
STRLEN h
)");
}

TEST_CASE_METHOD(test::golden_fixture,
                 "names of both kinds are erased and found as in Redis",
                 "[resp]") {
  compare(R"(
MSET a 1 b 2 c 3
HSET h f 1
HSET i f 1
EXISTS a h none a
TOUCH a h none
TYPE a
TYPE h
TYPE none
DEL a h none h
EXISTS a h
UNLINK b i
DEL
EXISTS
KEYS *
DBSIZE
RANDOMKEY
KEYS c?
SET h 1
HSET h f 1
DEL h
HSET h f 1
GET h
FLUSHALL
EXISTS c h
DBSIZE
RANDOMKEY
FLUSHDB ASYNC
FLUSHALL WHAT
)");
}

TEST_CASE_METHOD(test::golden_fixture, "strings have transactions as in Redis",
                 "[resp]") {
  compare(R"(
MULTI
SET a 1
INCR a
GET a
MGET a b
DEL a
EXISTS a
PING
ECHO hi
SET a x
INCR a
SET a 1 WHAT
INCRBY a x
EXEC
MULTI
DEL h
HSET h f 1
EXISTS h
TYPE h
HGET h f
DEL h
HGET h f
EXEC
EXISTS h
HSET k f 1
MULTI
SET k 1
GET k
EXEC
TYPE k
MULTI
DEL k
EXISTS k
EXEC
MULTI
TYPE none
EXISTS none
DEL none
EXEC
MULTI
WATCH a
EXEC
WATCH a
MULTI
GET a
EXEC
WATCH a
SET a 5
MULTI
SET a 6
EXEC
GET a
WATCH a
SET a 5
UNWATCH
MULTI
SET a 7
EXEC
GET a
WATCH hh
HSET hh f 1
MULTI
HSET hh f 2
EXEC
HGET hh f
WATCH hh
MULTI
HSET hh f 3
EXEC
HGET hh f
WATCH hh
DEL hh
MULTI
HSET hh f 4
EXEC
EXISTS hh
WATCH a
MULTI
DISCARD
SET a 8
MULTI
GET a
EXEC
WATCH
MULTI
FLUSHALL
EXISTS a
EXEC
DBSIZE
WATCH x
FLUSHALL
MULTI
PING
EXEC
WATCH x
SET x 1
MULTI
EXEC
)");
}
