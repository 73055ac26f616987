#pragma once

#include <caf/type_id.hpp>

// The message vocabulary. The C++ name is the OTP name; the second string is
// what travels on the wire. CAF 0.17 packs it into 64 bits, hence at most ten
// characters out of [0-9A-Za-z_ ].
CAF_BEGIN_TYPE_ID_BLOCK(kv_base, caf::first_custom_type_id)

  // -- supervision
  CAF_ADD_ATOM(kv_base, kv::atom, start_child, "startchild")
  CAF_ADD_ATOM(kv_base, kv::atom, started, "started")
  CAF_ADD_ATOM(kv_base, kv::atom, terminate_child, "termchild")
  CAF_ADD_ATOM(kv_base, kv::atom, restart_child, "rstrtchild")
  CAF_ADD_ATOM(kv_base, kv::atom, delete_child, "delchild")
  CAF_ADD_ATOM(kv_base, kv::atom, get_child_spec, "childspec")
  CAF_ADD_ATOM(kv_base, kv::atom, which_children, "whichchild")
  CAF_ADD_ATOM(kv_base, kv::atom, count_children, "countchild")
  CAF_ADD_ATOM(kv_base, kv::atom, await, "await")
  CAF_ADD_ATOM(kv_base, kv::atom, restart, "restart")
  CAF_ADD_ATOM(kv_base, kv::atom, deadline, "deadline")
  CAF_ADD_ATOM(kv_base, kv::atom, transfer, "transfer")

  // -- events
  CAF_ADD_ATOM(kv_base, kv::atom, add_handler, "addhandler")
  CAF_ADD_ATOM(kv_base, kv::atom, delete_handler, "delhandler")
  CAF_ADD_ATOM(kv_base, kv::atom, swap_handler, "swaphandlr")
  CAF_ADD_ATOM(kv_base, kv::atom, call_handler, "callhandlr")
  CAF_ADD_ATOM(kv_base, kv::atom, which_handlers, "whichhndlr")
  CAF_ADD_ATOM(kv_base, kv::atom, handler_exit, "handlrexit")
  CAF_ADD_ATOM(kv_base, kv::atom, notify, "notify")
  CAF_ADD_ATOM(kv_base, kv::atom, sync_notify, "syncnotify")
  CAF_ADD_ATOM(kv_base, kv::atom, event, "event")
  CAF_ADD_ATOM(kv_base, kv::atom, ack, "ack")
  CAF_ADD_ATOM(kv_base, kv::atom, told, "told")
  CAF_ADD_ATOM(kv_base, kv::atom, lost, "lost")
  CAF_ADD_ATOM(kv_base, kv::atom, replayed, "replayed")
  CAF_ADD_ATOM(kv_base, kv::atom, state, "state")

  // -- names
  CAF_ADD_ATOM(kv_base, kv::atom, register_name, "regname")
  CAF_ADD_ATOM(kv_base, kv::atom, unregister_name, "unregname")
  CAF_ADD_ATOM(kv_base, kv::atom, update_value, "updatevalu")
  CAF_ADD_ATOM(kv_base, kv::atom, registered, "registered")
  CAF_ADD_ATOM(kv_base, kv::atom, unregistered, "unregistrd")

  // -- data
  CAF_ADD_ATOM(kv_base, kv::atom, create, "create")
  CAF_ADD_ATOM(kv_base, kv::atom, ensure, "ensure")
  CAF_ADD_ATOM(kv_base, kv::atom, get, "get")
  CAF_ADD_ATOM(kv_base, kv::atom, put, "put")
  CAF_ADD_ATOM(kv_base, kv::atom, erase, "erase")
  CAF_ADD_ATOM(kv_base, kv::atom, keys, "keys")
  CAF_ADD_ATOM(kv_base, kv::atom, size, "size")

CAF_END_TYPE_ID_BLOCK(kv_base)
