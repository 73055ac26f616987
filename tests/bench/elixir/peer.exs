KV.Bench.Peer.main()
