defmodule KV.Bench.Tables do
  @moduledoc """
  Reads of ETS tables without a message: names of buckets, values of a bucket.
  """
  alias KV.Bench.Timing

  @fields 8
  @field_reads 3_000_000

  @doc """
  Makes the table of names for `rows`, and the orders to read it in, once.

  The calling process owns the table. The orders are persistent terms: no
  process has to copy or to collect them.
  """
  def prepare_names(rows) do
    table = names_table(rows)

    if :ets.whereis(table) == :undefined do
      :ets.new(table, [:set, :public, :named_table, {:read_concurrency, true}])
      Enum.each(1..rows, &:ets.insert(table, {Timing.name("bucket", &1), self()}))
      for i <- 1..2, do: :persistent_term.put({table, i}, order(rows))
      :erlang.garbage_collect()
    end

    :ok
  end

  @doc "KV.Registry.lookup by `threads` processes, Mops/s in total."
  def lookup(rows, threads) do
    table = names_table(rows)
    {draws, rounds} = order_size(rows)

    seconds =
      Timing.parallel(threads, fn i ->
        names = :persistent_term.get({table, i})
        read_names(table, Enum.take(names, 100_000), 1)
        fn -> read_names(table, names, rounds) end
      end)

    Timing.mops(threads * draws * rounds, seconds)
  end

  @doc "Reads of one bucket's table by `threads` processes, Mops/s in total."
  def get(threads) do
    table = :ets.new(:bucket, [:set, :protected, {:read_concurrency, true}])
    for i <- 1..@fields, do: :ets.insert(table, {key(i), "value-#{i}"})
    keys = for _ <- 1..1000, do: key(:rand.uniform(@fields))
    rounds = div(@field_reads, 1000)

    seconds =
      Timing.parallel(threads, fn _ ->
        read_fields(table, keys, div(rounds, 10))
        fn -> read_fields(table, keys, rounds) end
      end)

    :ets.delete(table)
    Timing.mops(threads * 1000 * rounds, seconds)
  end

  @doc "The key of field `i`."
  def key(i), do: "key-#{i}"

  # Small tables: an order that fits in the cache, read many times, of shared
  # names. Large ones: one pass, each name beside its place in the order.
  defp order_size(rows) when rows <= 10_000, do: {50_000, 60}
  defp order_size(_), do: {500_000, 1}

  defp order(rows) when rows <= 10_000 do
    names = List.to_tuple(for i <- 1..rows, do: Timing.name("bucket", i))
    for _ <- 1..elem(order_size(rows), 0), do: elem(names, :rand.uniform(rows) - 1)
  end

  defp order(rows) do
    for _ <- 1..elem(order_size(rows), 0), do: Timing.name("bucket", :rand.uniform(rows))
  end

  defp names_table(rows), do: :"bench_names_#{rows}"

  defp read_names(_table, _names, 0), do: :ok

  defp read_names(table, names, rounds) do
    read_names(table, names)
    read_names(table, names, rounds - 1)
  end

  defp read_names(table, [name | rest]) do
    {:ok, _} = KV.Registry.lookup(table, name)
    read_names(table, rest)
  end

  defp read_names(_table, []), do: :ok

  defp read_fields(_table, _keys, 0), do: :ok

  defp read_fields(table, keys, rounds) do
    read_fields(table, keys)
    read_fields(table, keys, rounds - 1)
  end

  defp read_fields(table, [key | rest]) do
    [{_, _}] = :ets.lookup(table, key)
    read_fields(table, rest)
  end

  defp read_fields(_table, []), do: :ok
end
