defmodule KV.Bench.Counter do
  @moduledoc """
  A handler of the event manager that counts, and tells the process that waits
  for a number of exits.
  """

  # `use GenEvent` would only add the callbacks that are written out below.

  def init(:ok), do: {:ok, {0, 0, nil}}

  def handle_event({:create, _name, _pid}, {creates, exits, waiting}) do
    {:ok, {creates + 1, exits, waiting}}
  end

  def handle_event({:exit, _name, _pid}, {creates, exits, waiting}) do
    {:ok, {creates, exits + 1, tell(waiting, exits + 1)}}
  end

  def handle_call({:tell_exits, number, pid}, {creates, exits, _}) do
    {:ok, :ok, {creates, exits, tell({number, pid}, exits)}}
  end

  def handle_call(:counts, {creates, exits, _} = state) do
    {:ok, {creates, exits}, state}
  end

  def handle_info(_msg, state), do: {:ok, state}

  def terminate(_reason, _state), do: :ok

  defp tell({exits, pid}, exits) do
    send(pid, :exits_seen)
    nil
  end

  defp tell(waiting, _exits), do: waiting
end
