defmodule KV.Bench.Timing do
  @moduledoc """
  What every measurement uses: names, and timed processes.
  """

  @doc "A name of 16 bytes, copied: what `<>` makes keeps room to grow."
  def name(prefix, i) when byte_size(prefix) == 6 do
    :binary.copy(prefix <> "-" <> String.pad_leading(Integer.to_string(i), 9, "0"))
  end

  @doc """
  Seconds that `count` processes take, from the first start to the last end.

  `work.(i)` runs in process `i` of 1..count, prepares and warms up, and returns
  the function to time. The processes have the default heap: a larger one, up to
  2 MiB, made reads of tables slower and calls no faster.
  """
  def parallel(count, work) do
    parent = self()

    pids =
      for i <- 1..count do
        spawn_link(fn ->
          timed = work.(i)
          :erlang.garbage_collect()
          send(parent, {:prepared, self()})

          receive do
            :go -> :ok
          end

          from = now()
          timed.()
          send(parent, {:timed, self(), from, now()})
        end)
      end

    for pid <- pids do
      receive do
        {:prepared, ^pid} -> :ok
      end
    end

    Enum.each(pids, &send(&1, :go))

    times =
      for pid <- pids do
        receive do
          {:timed, ^pid, from, to} -> {from, to}
        end
      end

    first = times |> Enum.map(&elem(&1, 0)) |> Enum.min()
    last = times |> Enum.map(&elem(&1, 1)) |> Enum.max()
    (last - first) / 1.0e9
  end

  def now, do: System.monotonic_time(:nanosecond)

  def mops(operations, seconds), do: operations / seconds / 1.0e6
end
