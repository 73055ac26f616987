%% Measures Erlang's ETS, one case a line of stdin: `visit 1m.uniform.t2`.
%% Answers `result BENCH CASE UNIT NUMBER` or `error ...`, as the Elixir peer.
%% Keys are binaries of 16 bytes, values pids; every case uses the options
%% that are fastest for it.
-module(ets_peer).
-export([main/0]).

-define(DRAWS, 200000).

main() ->
    io:setopts([{encoding, latin1}]),
    io:format("ready ~s~n", [os:getpid()]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> halt(0);
        "quit\n" -> halt(0);
        Line ->
            try
                [Bench, Case] = string:lexemes(string:trim(Line), " "),
                {Unit, Number} = measure(Bench, string:lexemes(Case, ".")),
                io:format("result ~s ~s ~s ~p~n",
                          [Bench, Case, Unit, float(Number)])
            catch _:Reason ->
                io:format("error ~p~n", [Reason])
            end,
            loop()
    end.

measure("memory", [Rows]) ->
    T = new(Rows, false),
    Bytes = ets:info(T, memory) * erlang:system_info(wordsize),
    Result = Bytes / rows(Rows),
    ets:delete(T),
    {"bytes", Result};
measure("fold", [Rows | _]) ->
    {"ns", fold(kept(Rows, false), rows(Rows))};
measure("fold_writer", [Rows | _]) ->
    T = kept(Rows, true),
    W = writer(T, Rows),
    Result = fold(T, rows(Rows)),
    stop(W),
    {"ns", Result};
measure("latency", [Rows, Part]) ->
    T = kept(Rows, true),
    W = writer(T, Rows),
    Keys = draw(Rows, "uniform", hit, 1),
    Times = lists:sort([begin
                            From = erlang:monotonic_time(nanosecond),
                            ets:lookup(T, K),
                            erlang:monotonic_time(nanosecond) - From
                        end || K <- Keys]),
    stop(W),
    Share = case Part of "p50" -> 0.5; "p99" -> 0.99; "p999" -> 0.999 end,
    {"ns", lists:nth(trunc(Share * length(Times)), Times)};
measure("counter", [Where, "t" ++ N]) ->
    Rows = case Where of "hot" -> "hot"; "spread" -> "1k" end,
    T = ets:new(counters, [public, {write_concurrency, true}]),
    [ets:insert(T, {key(I), 0}) || I <- lists:seq(0, rows(Rows) - 1)],
    Result = parallel(list_to_integer(N), Rows, "uniform", hit, 5,
                      fun(K, _) -> ets:update_counter(T, K, 1) end),
    ets:delete(T),
    {"Mops/s", Result};
measure("ordered_" ++ What, [Rows, How, "t" ++ N]) ->
    T = kept_ordered(Rows, How),
    {Turns, F} = case What of
        "lookup" -> {1, fun(K, _) -> ets:lookup(T, K) end};
        "range" -> {0.05, fun(K, _) -> range(T, K, 256) end}
    end,
    {"Mops/s", parallel_prefixed(list_to_integer(N), Rows, How, Turns, F)};
measure(Life, [Rows, _, "t" ++ N]) when Life =:= "fill"; Life =:= "erase" ->
    {"Mops/s", life(Life, rows(Rows), list_to_integer(N))};
measure(Bench, [Rows, How, "t" ++ N]) ->
    Writes = lists:prefix("mix", Bench),
    T = kept(Rows, Writes),
    Kind = case Bench of "miss" -> miss; _ -> hit end,
    Turns = case rows(Rows) of R when R < 1000000 -> 5; _ -> 2 end,
    Result = parallel(list_to_integer(N), Rows, How, Kind, Turns,
                      operation(Bench, T)),
    case Bench of "mix50" -> fill(T, 0, rows(Rows)); _ -> ok end,
    {"Mops/s", Result}.

operation("mix95", T) -> mix(T, 20, false);
operation("mix50", T) -> mix(T, 2, true);
operation(_, T) -> fun(K, _) -> ets:lookup(T, K) end.

mix(T, Every, Erase) ->
    fun(K, I) when I rem Every =/= 0 -> ets:lookup(T, K);
       (K, I) when Erase, I rem (2 * Every) =:= 0 -> ets:delete(T, K);
       (K, I) -> ets:insert(T, {K, I})
    end.

life(Life, Rows, N) ->
    T = ets:new(life, [public | writes()]),
    Share = Rows div N,
    Parts = [[key(I) || I <- lists:seq(P * Share, (P + 1) * Share - 1)]
             || P <- lists:seq(0, N - 1)],
    Fill = timed(Parts, fun(Keys) ->
                                [ets:insert(T, {K, 0}) || K <- Keys], ok
                        end),
    Seconds = case Life of
                  "fill" -> Fill;
                  "erase" -> timed([lists:sort(P) || P <- Parts],
                                   fun(Keys) ->
                                           [ets:delete(T, K) || K <- Keys], ok
                                   end)
              end,
    ets:delete(T),
    Rows / Seconds / 1.0e6.

fold(T, Rows) ->
    Turns = max(1, 1000000 div Rows),
    {Time, _} = timer:tc(fun() ->
        [ets:foldl(fun(_, N) -> N + 1 end, 0, T) || _ <- lists:seq(1, Turns)]
    end),
    Time * 1000 / (Turns * Rows).

parallel(N, Rows, How, Kind, Turns, F) ->
    Orders = [draw(Rows, How, Kind, I) || I <- lists:seq(1, N)],
    Seconds = timed(Orders, fun(Keys) ->
        [each(Keys, 1, F) || _ <- lists:seq(1, Turns)], ok
    end),
    N * Turns * ?DRAWS / Seconds / 1.0e6.

%% The keys alone, one after the other.
range(_, '$end_of_table', _) -> ok;
range(_, _, 0) -> ok;
range(T, K, N) -> range(T, ets:next(T, K), N - 1).

%% A share of one turn, if Turns is below 1.
parallel_prefixed(N, Rows, How, Turns, F) ->
    Prefix = prefix(How),
    Count = trunc(?DRAWS * Turns),
    Orders = [[<<Prefix/binary, K/binary>>
               || K <- lists:sublist(draw(Rows, "uniform", hit, I), Count)]
              || I <- lists:seq(1, N)],
    Seconds = timed(Orders, fun(Keys) -> each(Keys, 1, F) end),
    N * Count / Seconds / 1.0e6.

prefix("prefix") -> <<"/accounts/2026/europe/customers/">>;
prefix(_) -> <<>>.

each([], _, _) -> ok;
each([K | Keys], I, F) -> F(K, I), each(Keys, I + 1, F).

%% Seconds from the start of all to the end of the last. The processes have
%% their keys, and have warmed up, before the clock starts.
timed(Parts, F) ->
    Self = self(),
    Pids = [spawn_opt(fun() ->
                Self ! {ready, self()},
                receive go -> ok end,
                F(P),
                Self ! {done, self()}
            end, [link, {min_heap_size, 1000000}]) || P <- Parts],
    [receive {ready, P} -> ok end || P <- Pids],
    From = erlang:monotonic_time(nanosecond),
    [P ! go || P <- Pids],
    [receive {done, P} -> ok end || P <- Pids],
    (erlang:monotonic_time(nanosecond) - From) / 1.0e9.

writer(T, Rows) ->
    Keys = draw(Rows, "uniform", hit, 2),
    spawn_link(fun() -> write(T, Keys, Keys) end).

write(T, [], All) ->
    receive {stop, From} -> From ! stopped
    after 0 -> write(T, All, All)
    end;
write(T, [K | Keys], All) ->
    ets:insert(T, {K, 1}),
    write(T, Keys, All).

stop(W) -> W ! {stop, self()}, receive stopped -> ok end.

%% Tables are kept until one of another size is wanted.
kept(Rows, Writes) ->
    case get(kept) of
        {Rows, Writes, T} -> T;
        Other ->
            case Other of {_, _, Old} -> ets:delete(Old); _ -> ok end,
            T = new(Rows, Writes),
            put(kept, {Rows, Writes, T}),
            T
    end.

kept_ordered(Rows, How) ->
    case get(kept) of
        {Rows, {ordered, How}, T} -> T;
        Other ->
            case Other of {_, _, Old} -> ets:delete(Old); _ -> ok end,
            T = ets:new(table, [public, ordered_set,
                                {read_concurrency, true}]),
            Prefix = prefix(How),
            [ets:insert(T, {<<Prefix/binary, (key(I))/binary>>, self()})
             || I <- lists:seq(0, rows(Rows) - 1)],
            put(kept, {Rows, {ordered, How}, T}),
            T
    end.

new(Rows, Writes) ->
    T = ets:new(table, [public | case Writes of
                                     true -> writes();
                                     false -> [{read_concurrency, true}]
                                 end]),
    fill(T, 0, rows(Rows)),
    T.

writes() -> [{read_concurrency, true}, {write_concurrency, auto}].

fill(_, To, To) -> ok;
fill(T, I, To) -> ets:insert(T, {key(I), self()}), fill(T, I + 1, To).

rows("hot") -> 1;
rows("1k") -> 1000;
rows("1m") -> 1000000;
rows("10m") -> 10000000.

draw(Rows, How, Kind, Seed) ->
    Name = {Rows, How, Kind, Seed},
    case get(Name) of
        undefined ->
            rand:seed(exsss, Seed),
            First = case Kind of miss -> 20000000; hit -> 0 end,
            N = rows(Rows),
            Next = case How of "zipf" -> zipf(N); _ -> fun uniform/1 end,
            Keys = [key(First + Next(N)) || _ <- lists:seq(1, ?DRAWS)],
            put(Name, Keys),
            Keys;
        Keys -> Keys
    end.

uniform(N) -> rand:uniform(N) - 1.

%% As in data.cpp.
zipf(N) ->
    Sum = lists:foldl(fun(I, S) -> S + math:pow(I, -0.99) end, 0.0,
                      lists:seq(1, N)),
    Two = 1 + math:pow(0.5, 0.99),
    Eta = (1 - math:pow(2 / N, 0.01)) / (1 - Two / Sum),
    fun(_) ->
            U = rand:uniform(),
            Rank = if U * Sum < 1 -> 0;
                      U * Sum < Two -> 1;
                      true -> trunc((N - 1) * math:pow(Eta * U - Eta + 1, 100))
                   end,
            erlang:phash2({Rank}, N)
    end.

%% 16 bytes that look random.
key(I) -> erlang:md5(<<I:64>>).
