defmodule KV.Bench.Server do
  @moduledoc "Answers a request with its number, and keeps what it was cast."
  use GenServer

  @impl true
  def init(_), do: {:ok, 0}

  @impl true
  def handle_call({:get, n}, _from, state), do: {:reply, n, state}

  @impl true
  def handle_cast({:put, n}, state), do: {:noreply, state + n}
end

defmodule KV.Bench.Handler do
  @moduledoc "A handler of `:gen_event` that adds up what it is told."
  @behaviour :gen_event

  @impl true
  def init(_), do: {:ok, 0}

  @impl true
  def handle_event(n, state), do: {:ok, state + n}

  @impl true
  def handle_call(:get, state), do: {:ok, state, state}
end
