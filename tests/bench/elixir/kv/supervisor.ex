defmodule KV.Supervisor do
  # The guide's root supervisor, owner of the table. Changed for Elixir 1.14:
  # child specs are maps instead of Supervisor.Spec's `worker` and `supervisor`.
  use Supervisor

  @manager_name KV.EventManager
  @registry_name KV.Registry
  @ets_registry_name KV.Registry
  @bucket_sup_name KV.Bucket.Supervisor

  def start_link do
    Supervisor.start_link(__MODULE__, :ok)
  end

  @impl true
  def init(:ok) do
    ets =
      :ets.new(
        @ets_registry_name,
        [:set, :public, :named_table, {:read_concurrency, true}]
      )

    children = [
      %{
        id: GenEvent,
        start: {GenEvent, :start_link, [[name: @manager_name]]},
        modules: :dynamic
      },
      %{
        id: KV.Bucket.Supervisor,
        start: {KV.Bucket.Supervisor, :start_link, [[name: @bucket_sup_name]]},
        type: :supervisor
      },
      %{
        id: KV.Registry,
        start:
          {KV.Registry, :start_link,
           [ets, @manager_name, @bucket_sup_name, [name: @registry_name]]}
      }
    ]

    Supervisor.init(children, strategy: :one_for_one)
  end
end
