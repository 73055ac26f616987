defmodule KV.Bench.Application do
  @moduledoc """
  Measurements of the whole application, each on a fresh one: the supervision
  tree with one event handler that counts.
  """
  alias KV.Bench.{Counter, Tables, Timing}

  @fields 8
  @calls 200_000
  @creates 25_000
  @warm_creates 2_000
  @existing_creates 200_000
  @buckets 100_000

  @doc "KV.Bucket.get by one process, one at a time, Mops/s."
  def get do
    bucket_calls(fn bucket, key -> KV.Bucket.get(bucket, key) end)
  end

  @doc "KV.Bucket.put by one process, one at a time, Mops/s."
  def put do
    bucket_calls(fn bucket, key -> KV.Bucket.put(bucket, key, "another") end)
  end

  @doc "Creates of fresh names by `callers` processes at once, Mops/s in total."
  def create_fresh(callers) do
    with_application(fn ->
      each = div(@creates, callers)

      Timing.parallel(1, fn _ ->
        create_all(names("warmup", @warm_creates))
        fn -> :ok end
      end)

      seconds =
        Timing.parallel(callers, fn i ->
          names = for n <- 1..each, do: Timing.name("bucket", i * @creates + n)
          fn -> create_all(names) end
        end)

      expected = @warm_creates + callers * each
      {^expected, 0} = GenEvent.call(KV.EventManager, Counter, :counts)
      ^expected = :ets.info(KV.Registry, :size)
      Timing.mops(callers * each, seconds)
    end)
  end

  @doc "Creates of existing names by one process, Mops/s."
  def create_existing do
    with_application(fn ->
      seconds =
        Timing.parallel(1, fn _ ->
          names = names("bucket", 1000)
          create_all(names)
          rounds = div(@existing_creates, 1000)
          fn -> for _ <- 1..rounds, do: create_all(names) end
        end)

      Timing.mops(@existing_creates, seconds)
    end)
  end

  @doc "Seconds from the kill of all buckets to the last event and an empty table."
  def exit_all do
    with_application(fn ->
      pids = Enum.map(names("bucket", @buckets), &KV.Registry.create(KV.Registry, &1))
      :ok = GenEvent.call(KV.EventManager, Counter, {:tell_exits, @buckets, self()})
      collect_garbage()
      from = Timing.now()
      Enum.each(pids, &Process.exit(&1, :kill))

      receive do
        :exits_seen -> :ok
      end

      # The registry erases an entry before it notifies.
      0 = :ets.info(KV.Registry, :size)
      (Timing.now() - from) / 1.0e9
    end)
  end

  @doc "Seconds from the kill of the registry to an answer of the next one."
  def restart do
    with_application(fn ->
      create_all(names("bucket", @buckets))
      collect_garbage()
      old = Process.whereis(KV.Registry)
      name = Timing.name("bucket", 1)
      {:ok, bucket} = KV.Registry.lookup(KV.Registry, name)
      ref = Process.monitor(old)
      from = Timing.now()
      Process.exit(old, :kill)

      receive do
        {:DOWN, ^ref, _, _, _} -> :ok
      end

      await_registry()
      ^bucket = KV.Registry.create(KV.Registry, name)
      (Timing.now() - from) / 1.0e9
    end)
  end

  @doc "Bytes that a bucket adds to the memory in use, when all garbage is collected."
  def memory do
    with_application(fn ->
      names = names("bucket", @buckets)
      collect_garbage()
      before = :erlang.memory(:total)
      create_all(names)
      collect_garbage()
      used = :erlang.memory(:total) - before
      # The names were there before, so they must be there still.
      used / length(names)
    end)
  end

  @doc "Runs `fun` while an application runs."
  def with_application(fun) do
    processes = :erlang.system_info(:process_count)
    supervisor = start()

    try do
      fun.()
    after
      stop(supervisor)
      await_processes(processes)
    end
  end

  @doc "Starts an application with its handler, linked to the caller."
  def start do
    {:ok, supervisor} = KV.Supervisor.start_link()
    :ok = GenEvent.add_mon_handler(KV.EventManager, Counter, :ok)
    supervisor
  end

  @doc """
  Ends an application that `start` started, by force: an orderly shutdown of
  100,000 buckets takes a DynamicSupervisor minutes.
  """
  def stop(supervisor) do
    children = for {_, pid, _, _} <- Supervisor.which_children(supervisor), do: pid
    Process.unlink(supervisor)
    pids = [supervisor | children]
    refs = Enum.map(pids, &Process.monitor/1)
    Enum.each(pids, &Process.exit(&1, :kill))

    # Then the names and the table are free again.
    for ref <- refs do
      receive do
        {:DOWN, ^ref, _, _, _} -> :ok
      end
    end

    :ok
  end

  # Buckets end when the exit signal of their supervisor reaches them.
  defp await_processes(number) do
    if :erlang.system_info(:process_count) > number do
      Process.sleep(1)
      await_processes(number)
    end
  end

  defp bucket_calls(call) do
    with_application(fn ->
      bucket = KV.Registry.create(KV.Registry, Timing.name("bucket", 1))
      for i <- 1..@fields, do: KV.Bucket.put(bucket, Tables.key(i), "value-#{i}")
      keys = for _ <- 1..1000, do: Tables.key(:rand.uniform(@fields))
      rounds = div(@calls, 1000)

      seconds =
        Timing.parallel(1, fn _ ->
          call_all(call, bucket, keys, div(rounds, 10))
          fn -> call_all(call, bucket, keys, rounds) end
        end)

      Timing.mops(rounds * 1000, seconds)
    end)
  end

  defp call_all(_call, _bucket, _keys, 0), do: :ok

  defp call_all(call, bucket, keys, rounds) do
    Enum.each(keys, &call.(bucket, &1))
    call_all(call, bucket, keys, rounds - 1)
  end

  defp names(prefix, count), do: for(i <- 1..count, do: Timing.name(prefix, i))

  defp create_all(names), do: Enum.each(names, &KV.Registry.create(KV.Registry, &1))

  defp await_registry do
    if Process.whereis(KV.Registry) == nil do
      :erlang.yield()
      await_registry()
    end
  end

  defp collect_garbage, do: Enum.each(Process.list(), &:erlang.garbage_collect/1)
end
