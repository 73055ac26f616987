defmodule KV.Bench.Otp do
  @moduledoc """
  Measurements of OTP's own parts, each beside the one of `actors/otp` that does
  the same: messages, supervisors, `:gen_event`, `Registry`.
  """
  alias KV.Bench.{Handler, Server, Timing}

  @calls 400_000
  @starts 50_000
  @kills 501
  @events 200_000
  @parts 100_000

  @doc "`{unit, measure}` of a case, or nil."
  def measurement("request", "one"), do: {"Mops/s", fn -> request(1) end}
  def measurement("request", "64"), do: {"Mops/s", fn -> request(64) end}
  def measurement("cast", _), do: {"Mops/s", &cast/0}
  def measurement("create", "one"), do: {"Mops/s", fn -> create(1) end}
  def measurement("create", "64"), do: {"Mops/s", fn -> create(64) end}
  def measurement("register", "one"), do: {"Mops/s", &register/0}
  def measurement("death", "owners." <> n), do: {"s", fn -> owners(count(n)) end}
  def measurement("death", "subscribers." <> n), do: {"s", fn -> subscribers(count(n)) end}
  def measurement("sync_notify", "h" <> n), do: {"us", fn -> sync_notify(count(n)) end}
  def measurement("restart", "server"), do: {"us", &restart/0}
  def measurement("children", n), do: {"s", fn -> children(count(n)) end}
  def measurement("memory", "child"), do: {"bytes", &memory/0}
  def measurement(_, _), do: nil

  defp count(text) do
    case Integer.parse(text) do
      {n, "k"} -> n * 1000
      {n, ""} -> n
    end
  end

  # -- messages ---------------------------------------------------------------

  defp request(callers) do
    {:ok, server} = GenServer.start_link(Server, nil)
    each = div(@calls, callers)

    seconds =
      Timing.parallel(callers, fn _ ->
        call(server, div(each, 10))
        fn -> call(server, each) end
      end)

    GenServer.stop(server)
    Timing.mops(each * callers, seconds)
  end

  # 1000 messages nobody answers, then one that is answered.
  defp cast do
    {:ok, server} = GenServer.start_link(Server, nil)
    rounds = div(@calls, 1000)

    seconds =
      Timing.parallel(1, fn _ ->
        cast_rounds(server, div(rounds, 10))
        fn -> cast_rounds(server, rounds) end
      end)

    GenServer.stop(server)
    Timing.mops(rounds * 1000, seconds)
  end

  defp call(_server, 0), do: :ok

  defp call(server, n) do
    GenServer.call(server, {:get, n})
    call(server, n - 1)
  end

  defp cast_rounds(_server, 0), do: :ok

  defp cast_rounds(server, n) do
    casts(server, 1000)
    GenServer.call(server, {:get, n})
    cast_rounds(server, n - 1)
  end

  defp casts(_server, 0), do: :ok

  defp casts(server, n) do
    GenServer.cast(server, {:put, n})
    casts(server, n - 1)
  end

  # -- names ------------------------------------------------------------------

  # A dynamic supervisor's children, each with a name of its own.
  defp create(callers) do
    with_registry(:unique, fn registry ->
      {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one)
      each = div(@starts, callers)

      seconds =
        Timing.parallel(callers, fn i ->
          names = for n <- 1..each, do: Timing.name("worker", i * @starts + n)
          fn -> Enum.each(names, &start_named(supervisor, registry, &1)) end
        end)

      true = Registry.count(registry) == each * callers
      stop_dynamic(supervisor)
      Timing.mops(each * callers, seconds)
    end)
  end

  defp start_named(supervisor, registry, name) do
    options = [name: {:via, Registry, {registry, name}}]
    start = {GenServer, :start_link, [Server, nil, options]}
    {:ok, _} = DynamicSupervisor.start_child(supervisor, %{id: 1, start: start, restart: :temporary})
  end

  # One process under many keys.
  defp register do
    with_registry(:unique, fn registry ->
      seconds =
        Timing.parallel(1, fn _ ->
          names = for n <- 1..@starts, do: Timing.name("worker", n)
          fn -> Enum.each(names, fn x -> {:ok, _} = Registry.register(registry, x, 0) end) end
        end)

      Timing.mops(@starts, seconds)
    end)
  end

  defp owners(count) do
    with_registry(:unique, fn registry ->
      die(registry, count, &Registry.register(registry, Timing.name("worker", &1), 0))
    end)
  end

  defp subscribers(count) do
    with_registry(:duplicate, fn registry ->
      die(registry, count, fn _ -> Registry.register(registry, "topic", 0) end)
    end)
  end

  defp die(registry, count, register) do
    parent = self()

    pids =
      for i <- 1..count do
        pid =
          spawn(fn ->
            {:ok, _} = register.(i)
            send(parent, :registered)
            Process.sleep(:infinity)
          end)

        receive do
          :registered -> pid
        end
      end

    Enum.each(Process.list(), &:erlang.garbage_collect/1)
    ^count = Registry.count(registry)
    from = Timing.now()
    Enum.each(pids, &Process.exit(&1, :kill))
    await_empty(registry)
    (Timing.now() - from) / 1.0e9
  end

  defp await_empty(registry) do
    if Registry.count(registry) > 0 do
      Process.sleep(1)
      await_empty(registry)
    end
  end

  # Whoever is registered dies with the registry: links.
  defp with_registry(keys, fun) do
    registry = :"bench_registry_#{:erlang.unique_integer([:positive])}"
    {:ok, supervisor} = Registry.start_link(keys: keys, name: registry)

    try do
      fun.(registry)
    after
      Process.unlink(supervisor)
      kill(supervisor)
    end
  end

  # -- events -----------------------------------------------------------------

  defp sync_notify(handlers) do
    {:ok, manager} = :gen_event.start_link()
    for i <- 1..handlers, do: :ok = :gen_event.add_handler(manager, {Handler, i}, nil)

    seconds =
      Timing.parallel(1, fn _ ->
        notify(manager, div(@events, 10))
        fn -> notify(manager, @events) end
      end)

    :gen_event.stop(manager)
    seconds * 1.0e6 / @events
  end

  defp notify(_manager, 0), do: :ok

  defp notify(manager, n) do
    :ok = :gen_event.sync_notify(manager, n)
    notify(manager, n - 1)
  end

  # -- supervision ------------------------------------------------------------

  # Median time from the kill of a named child to the answer of the next one.
  defp restart do
    children = [%{id: 1, start: {GenServer, :start_link, [Server, nil, [name: Server]]}}]
    flags = [strategy: :one_for_one, max_restarts: 2 * @kills, max_seconds: 1]
    {:ok, supervisor} = Supervisor.start_link(children, flags)
    times = Enum.sort(for _ <- 1..@kills, do: kill_and_ask())
    Supervisor.stop(supervisor)
    Enum.at(times, div(@kills, 2)) / 1000
  end

  defp kill_and_ask do
    pid = Process.whereis(Server)
    ref = Process.monitor(pid)
    from = Timing.now()
    Process.exit(pid, :kill)

    receive do
      {:DOWN, ^ref, _, _, _} -> :ok
    end

    ask_again()
    Timing.now() - from
  end

  defp ask_again do
    if Process.whereis(Server) == nil do
      :erlang.yield()
      ask_again()
    else
      GenServer.call(Server, {:get, 1})
    end
  end

  defp children(count) do
    specs = for i <- 1..count, do: %{id: i, start: {GenServer, :start_link, [Server, nil]}}
    :erlang.garbage_collect()
    from = Timing.now()
    {:ok, supervisor} = Supervisor.start_link(specs, strategy: :one_for_one)
    :ok = Supervisor.stop(supervisor)
    (Timing.now() - from) / 1.0e9
  end

  defp memory do
    {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one)
    spec = %{id: 1, start: {GenServer, :start_link, [Server, nil]}, restart: :temporary}
    Enum.each(Process.list(), &:erlang.garbage_collect/1)
    before = :erlang.memory(:total)
    for _ <- 1..@parts, do: {:ok, _} = DynamicSupervisor.start_child(supervisor, spec)
    Enum.each(Process.list(), &:erlang.garbage_collect/1)
    used = :erlang.memory(:total) - before
    stop_dynamic(supervisor)
    used / @parts
  end

  # By force: an orderly stop of 100,000 children takes minutes.
  defp stop_dynamic(supervisor) do
    Process.unlink(supervisor)
    kill(supervisor)
  end

  defp kill(pid) do
    ref = Process.monitor(pid)
    Process.exit(pid, :kill)

    receive do
      {:DOWN, ^ref, _, _, _} -> :ok
    end
  end
end
