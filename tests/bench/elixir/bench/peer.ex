defmodule KV.Bench.Peer do
  @moduledoc """
  Reads one command a line from stdin, runs that one measurement, answers with
  one line. See the README beside this folder.
  """
  alias KV.Bench.{Application, Otp, Tables}

  @doc "Serves commands until `quit` or the end of stdin."
  def main do
    # Every killed bucket is a supervisor report otherwise.
    :logger.set_primary_config(:level, :none)
    IO.puts("ready #{System.pid()}")
    loop(nil)
  end

  defp loop(server) do
    case IO.gets("") do
      line when is_binary(line) -> command(String.split(line), server)
      _end_of_file -> :ok
    end
  end

  defp command(["quit"], _server), do: :ok
  defp command([], server), do: loop(server)

  defp command(["line", "server" | options], nil) when options in [[], ["nodelay"]] do
    {port, server} = start_server(Enum.map(options, fn "nodelay" -> {:nodelay, true} end))
    result("line", "port", "port", port)
    loop(server)
  end

  defp command(["line", "stop"], server) when server != nil do
    stop_server(server)
    result("line", "stop", "servers", 1)
    loop(nil)
  end

  defp command(["line", "cpu"], server) do
    result("line", "cpu", "s", cpu_seconds())
    loop(server)
  end

  # The server's application has the names that a measurement's needs.
  defp command(words, nil) do
    case measurement(words) do
      {unit, prepare, measure} ->
        prepare.()
        [bench, name] = Enum.take(words, -2)

        case isolated(measure) do
          {:ok, number} -> result(bench, name, unit, number)
          {:error, reason} -> error(words, inspect(reason))
        end

      nil ->
        error(words, "unknown command")
    end

    loop(nil)
  end

  defp command(words, server) do
    error(words, "unknown command, or the line server runs")
    loop(server)
  end

  defp measurement(["otp", bench, name]) do
    with {unit, measure} <- Otp.measurement(bench, name), do: {unit, &nothing/0, measure}
  end

  defp measurement(["lookup", "1k.t1"]), do: lookup(1_000, 1)
  defp measurement(["lookup", "1k.t2"]), do: lookup(1_000, 2)
  defp measurement(["lookup", "1m.t1"]), do: lookup(1_000_000, 1)
  defp measurement(["lookup", "1m.t2"]), do: lookup(1_000_000, 2)
  defp measurement(["get", "table.t1"]), do: mops(fn -> Tables.get(1) end)
  defp measurement(["get", "table.t2"]), do: mops(fn -> Tables.get(2) end)
  # Every caller is a process here.
  defp measurement(["get", "message.thread"]), do: mops(&Application.get/0)
  defp measurement(["get", "message.actor"]), do: mops(&Application.get/0)
  defp measurement(["put", "thread"]), do: mops(&Application.put/0)
  defp measurement(["put", "actor"]), do: mops(&Application.put/0)
  defp measurement(["create", "fresh.one"]), do: mops(fn -> Application.create_fresh(1) end)
  defp measurement(["create", "fresh.64"]), do: mops(fn -> Application.create_fresh(64) end)
  defp measurement(["create", "existing.one"]), do: mops(&Application.create_existing/0)
  defp measurement(["exit", "100k"]), do: {"s", &nothing/0, &Application.exit_all/0}
  defp measurement(["restart", "100k"]), do: {"s", &nothing/0, &Application.restart/0}
  defp measurement(["memory", "bucket"]), do: {"bytes", &nothing/0, &Application.memory/0}
  defp measurement(_), do: nil

  # The table stays for the next measurement, so that this process owns it.
  defp lookup(rows, threads) do
    {"Mops/s", fn -> Tables.prepare_names(rows) end, fn -> Tables.lookup(rows, threads) end}
  end

  defp mops(measure), do: {"Mops/s", &nothing/0, measure}

  defp nothing, do: :ok

  # Each measurement in a process of its own, whose garbage goes with it.
  defp isolated(measure) do
    {pid, ref} = spawn_monitor(fn -> exit({:measured, measure.()}) end)

    receive do
      {:DOWN, ^ref, :process, ^pid, {:measured, number}} -> {:ok, number}
      {:DOWN, ^ref, :process, ^pid, reason} -> {:error, reason}
    end
  end

  defp start_server(options) do
    parent = self()

    server =
      spawn_link(fn ->
        application = Application.start()
        {:ok, listener} = KVServer.start_link(0, parent, options)

        receive do
          {:stop, ^parent} -> :ok
        end

        Supervisor.stop(listener)
        Application.stop(application)
        send(parent, {:stopped, self()})
      end)

    receive do
      {:listening, port} -> {port, server}
    end
  end

  defp stop_server(server) do
    send(server, {:stop, self()})

    receive do
      {:stopped, ^server} -> :ok
    end
  end

  # Fields 14 and 15, user and system time in ticks of 10 ms; the second field
  # is the program's name in brackets and may hold spaces.
  defp cpu_seconds do
    [_, rest] = "/proc/self/stat" |> File.read!() |> String.split(") ", parts: 2)
    fields = String.split(rest)
    ticks = for i <- [11, 12], do: fields |> Enum.at(i) |> String.to_integer()
    Enum.sum(ticks) / 100
  end

  defp result(bench, name, unit, number) do
    IO.puts("result #{bench} #{name} #{unit} #{format(number)}")
  end

  defp error(words, reason), do: IO.puts("error #{Enum.join(words, " ")}: #{reason}")

  defp format(number) when is_integer(number), do: Integer.to_string(number)
  defp format(number), do: :erlang.float_to_binary(number, [:short])
end
