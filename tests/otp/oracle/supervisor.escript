#!/usr/bin/env escript
%% -*- erlang -*-
%%! -boot start_clean -kernel logger_level none
%% Runs scripts against Erlang's own supervisor and prints what it does.
%%
%% Each argument is a script, and gives one line of output. A script is
%%   STRATEGY:INTENSITY:PERIOD:CHILD:TYPE:... STEP...
%% where STRATEGY may be followed by "/any_significant" or "/all_significant",
%% and TYPE by "/significant" and by one of "/brutal", "/infinity" (how it is
%% shut down; otherwise within 5 s) and "/stubborn": it ignores a shutdown, and
%% has 5 ms.
%%
%% and a step one of
%%   define:CHILD:STRATEGY:INTENSITY:PERIOD:CHILD:TYPE:...  (a child that is
%%   a supervisor; these come before the children are started)
%%   advance:SECONDS  fail:CHILD:STARTS  normal:CHILD  shutdown:CHILD
%%   kill:CHILD  crash:CHILD  start:CHILD:TYPE  terminate:CHILD  restart:CHILD
%%   delete:CHILD
%% The output is a trace: "+a" is the start of child a, "!a" one that fails,
%% "-a" an end, "#a" the supervisor's kill of it, "=WORD" the answer to a request, and the last word says whether
%% the supervisor is still "up", and which children it has.
%%
%% The supervisor is OTP's, compiled from the code in its own object file with
%% two changes: it takes the time from here, so that seconds pass when a script
%% says so; and it kills by a function here, which leaves a trace.
-mode(compile).
-export([init/1, start_child/2, kill/1]).

main(Scripts) ->
    load_supervisor(),
    process_flag(trap_exit, true),
    ets:new(world, [named_table, public]),
    lists:foreach(
      fun(X) -> io:put_chars([lists:join(" ", script(string:lexemes(X, " "))),
                              "\n"])
      end,
      Scripts).

load_supervisor() ->
    {ok, {_, [{abstract_code, {raw_abstract_v1, Forms}}]}} =
        beam_lib:chunks(code:which(supervisor), [abstract_code]),
    {ok, supervisor, Code} = compile:forms(ours(Forms), [binary]),
    code:unstick_mod(supervisor),
    {module, supervisor} = code:load_binary(supervisor, "virtual", Code).

ours({call, A, {remote, _, {atom, _, erlang}, {atom, _, monotonic_time}},
      [_Seconds]}) ->
    {call, A, {remote, A, {atom, A, ets}, {atom, A, lookup_element}},
     [{atom, A, world}, {atom, A, now}, {integer, A, 2}]};
ours({call, A, {atom, _, exit}, [Pid, {atom, _, kill}]}) ->
    {call, A, {remote, A, {atom, A, ?MODULE}, {atom, A, kill}}, [Pid]};
ours(X) when is_tuple(X) -> list_to_tuple(ours(tuple_to_list(X)));
ours([X | Xs]) -> [ours(X) | ours(Xs)];
ours(X) -> X.

%% -- scripts ------------------------------------------------------------------

script([Root | Steps]) ->
    ets:delete_all_objects(world),
    ets:insert(world, [{now, 1000}, {trace, []}]),
    [define(X) || "define:" ++ X <- Steps],
    {ok, Pid} = supervisor:start_link(?MODULE, tree(string:lexemes(Root, ":"))),
    [step(string:lexemes(X, ":"), Pid) || X <- Steps, is_process_alive(Pid)],
    State = case is_process_alive(Pid) of
                true -> ["up" | [Id || {Id, _, _, _} <- settled(Pid)]];
                false -> ["down"]
            end,
    Trace = ets:lookup_element(world, trace, 2),
    exit(Pid, shutdown),
    receive {'EXIT', Pid, _} -> ok end,
    lists:reverse(Trace) ++ State.

define(Text) ->
    [Id | Tree] = string:lexemes(Text, ":"),
    ets:insert(world, {{tree, Id}, Tree}).

tree([How, Intensity, Period | Children]) ->
    [Strategy | Auto] = string:lexemes(How, "/"),
    {#{strategy => list_to_atom(Strategy),
       auto_shutdown => list_to_atom(hd(Auto ++ ["never"])),
       intensity => list_to_integer(Intensity),
       period => list_to_integer(Period)},
     specs(Children)}.

specs([Id, Type | Rest]) -> [spec([Id, Type]) | specs(Rest)];
specs([]) -> [].

spec([Id, Text]) ->
    [Type | Options] = string:lexemes(Text, "/"),
    Spec = lists:foldl(fun option/2, #{id => Id, restart => list_to_atom(Type)},
                       Options),
    case ets:lookup(world, {tree, Id}) of
        [{_, Tree}] ->
            Spec#{start => {supervisor, start_link, [?MODULE, tree(Tree)]},
                  type => supervisor};
        [] ->
            Stubborn = lists:member("stubborn", Options),
            Spec#{start => {?MODULE, start_child, [Id, Stubborn]}}
    end.

option("significant", Spec) -> Spec#{significant => true};
option("brutal", Spec) -> Spec#{shutdown => brutal_kill};
option("infinity", Spec) -> Spec#{shutdown => infinity};
option("stubborn", Spec) -> Spec#{shutdown => 5}.

step(["define" | _], _) -> ok;
step(["advance", Seconds], _) ->
    ets:update_counter(world, now, list_to_integer(Seconds));
step(["fail", Id, Starts], _) ->
    ets:insert(world, {Id, list_to_integer(Starts)});
step(["start", Id, Type], Pid) ->
    answer(supervisor:start_child(Pid, spec([Id, Type])), Pid);
step(["terminate", Id], Pid) ->
    answer(supervisor:terminate_child(Pid, Id), Pid);
step(["restart", Id], Pid) ->
    answer(supervisor:restart_child(Pid, Id), Pid);
step(["delete", Id], Pid) ->
    answer(supervisor:delete_child(Pid, Id), Pid);
step([How, Id], Pid) ->
    case lists:keyfind(Id, 1, settled(Pid)) of
        {_, Child, worker, _} when is_pid(Child) ->
            Ref = monitor(process, Child),
            case How of
                "kill" -> trace(["-" | Id]), exit(Child, kill);
                _ -> Child ! {done, list_to_atom(How)}
            end,
            receive {'DOWN', Ref, _, _, _} -> ok end,
            settled(Pid);
        _ ->
            ok
    end.

answer(Answer, Pid) ->
    trace(["=" | case Answer of
                     ok -> "ok";
                     {ok, _} -> "ok";
                     {error, {already_started, _}} -> "already_started";
                     {error, told_to} -> "error";
                     {error, What} when is_atom(What) -> atom_to_list(What);
                     {error, _} -> "error"
                 end]),
    settled(Pid).

%% All children below a supervisor, once everything has been dealt with.
settled(Pid) ->
    try below(Pid)
    catch
        throw:unsettled -> settled(Pid);
        exit:_ -> []
    end.

below(Pid) -> lists:flatmap(fun each/1, supervisor:which_children(Pid)).

each({_, restarting, _, _}) -> throw(unsettled);
each({_, Child, supervisor, _} = X) when is_pid(Child) ->
    try [X | below(Child)] catch exit:_ -> throw(unsettled) end;
each({_, Child, _, _} = X) ->
    case is_pid(Child) andalso not is_process_alive(Child) of
        true -> throw(unsettled);
        false -> [X]
    end.

%% -- children -----------------------------------------------------------------

init(Spec) -> {ok, Spec}.

start_child(Id, Stubborn) ->
    case ets:lookup(world, Id) of
        [{_, N}] when N > 0 ->
            ets:insert(world, {Id, N - 1}),
            trace(["!" | Id]),
            {error, told_to};
        _ ->
            trace(["+" | Id]),
            Parent = self(),
            Child = spawn_link(fun() ->
                                       process_flag(trap_exit, true),
                                       Parent ! {ready, self()},
                                       child(Id, Stubborn)
                               end),
            ets:insert(world, {Child, Id}),
            receive {ready, Child} -> {ok, Child} end
    end.

child(Id, Stubborn) ->
    receive
        {done, Reason} -> trace(["-" | Id]), exit(Reason);
        {'EXIT', _, _} when Stubborn -> child(Id, Stubborn);
        {'EXIT', _, Reason} -> trace(["-" | Id]), exit(Reason)
    end.

%% The supervisor's own way to kill. A child supervisor has no id here, and
%% nobody kills one.
kill(Pid) ->
    trace(["#" | ets:lookup_element(world, Pid, 2)]),
    exit(Pid, kill).

trace(Word) ->
    ets:insert(world, {trace, [Word | ets:lookup_element(world, trace, 2)]}).
