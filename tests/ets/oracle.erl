%% Carries out operations on tables of Erlang's own ETS for a test: reads
%% {Function, Arguments} in the external term format, packets of four bytes, and
%% answers {ok, Result} or {error, Class}, each encoded by itself.
-module(oracle).
-export([main/0]).

main() ->
    Port = open_port({fd, 0, 1}, [binary, {packet, 4}, eof]),
    loop(Port).

loop(Port) ->
    receive
        {Port, {data, Packet}} ->
            Answers = [isolated(Request) || Request <- binary_to_term(Packet)],
            port_command(Port, term_to_binary(Answers)),
            loop(Port);
        {Port, eof} ->
            halt(0)
    end.

%% What Erlang 25 selects may point into the table: it is encoded at once, by a
%% process whose heap is never collected, or the collector edits the table.
isolated({F, _} = Request) when F =:= new; F =:= delete ->
    term_to_binary(answer(Request));
isolated(Request) ->
    Me = self(),
    Ref = make_ref(),
    spawn_opt(fun() -> Me ! {Ref, term_to_binary(answer(Request))} end,
              [{min_heap_size, 100000}]),
    receive {Ref, Answer} -> Answer end.

answer({F, Args}) ->
    try {ok, call(F, Args)}
    catch error:Reason -> {error, class(Reason)}
    end.

class(Reason) when is_atom(Reason) -> Reason;
class({Reason, _}) when is_atom(Reason) -> Reason.

call(new, [Name, Kind, Position]) ->
    Name = ets:new(Name, [named_table, public, Kind, {keypos, Position}]);
call(foldl, [T]) ->
    lists:reverse(ets:foldl(fun(X, Xs) -> [X | Xs] end, [], T));
call(foldr, [T]) ->
    lists:reverse(ets:foldr(fun(X, Xs) -> [X | Xs] end, [], T));
call(init_table, [T, Rows]) ->
    ets:init_table(T, fun (read) -> {Rows, fun (read) -> end_of_input;
                                               (close) -> ok end};
                          (close) -> ok end);
call(walk, [T, Next, First]) ->
    keys(T, Next, ets:First(T));
call(chunks, [F, T, Spec, Limit]) ->
    chunks(F, ets:F(T, Spec, Limit));
call(F, Args) ->
    apply(ets, F, Args).

keys(_, _, '$end_of_table') -> [];
keys(T, Next, Key) -> [Key | keys(T, Next, ets:Next(T, Key))].

chunks(_, '$end_of_table') -> [];
chunks(F, {Xs, Next}) -> Xs ++ chunks(F, ets:F(Next)).
