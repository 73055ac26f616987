defmodule KV.Bucket.Supervisor do
  # The guide's :simple_one_for_one supervisor of temporary buckets. Changed for
  # Elixir 1.14: that strategy is deprecated there, DynamicSupervisor is it.
  use DynamicSupervisor

  def start_link(opts \\ []) do
    DynamicSupervisor.start_link(__MODULE__, :ok, opts)
  end

  def start_bucket(supervisor) do
    DynamicSupervisor.start_child(supervisor, KV.Bucket)
  end

  @impl true
  def init(:ok) do
    DynamicSupervisor.init(strategy: :one_for_one)
  end
end
