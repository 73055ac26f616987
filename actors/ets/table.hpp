#pragma once

/// In-memory tables in the manner of ETS: typed rows, rights as handles,
/// readers without locks.
///
///     struct entry { std::string name; int value; };
///     using entries = ets::set<entry, &entry::name>;
///
///     ets::owner<entries> table{{.name = "entries"}};
///     table.insert({"answer", 42});
///     ets::reader<entries> names = table.reader();
///     names.visit("answer", [](const entry& e) { use(e.value); });

#include "actors/ets/cell.hpp"     // IWYU pragma: export
#include "actors/ets/counter.hpp"  // IWYU pragma: export
#include "actors/ets/cursor.hpp"   // IWYU pragma: export
#include "actors/ets/element.hpp"  // IWYU pragma: export
#include "actors/ets/error.hpp"    // IWYU pragma: export
#include "actors/ets/fixation.hpp" // IWYU pragma: export
#include "actors/ets/key.hpp"      // IWYU pragma: export
#include "actors/ets/kinds.hpp"    // IWYU pragma: export
#include "actors/ets/options.hpp"  // IWYU pragma: export
#include "actors/ets/owner.hpp"    // IWYU pragma: export
#include "actors/ets/reader.hpp"   // IWYU pragma: export
#include "actors/ets/select.hpp"   // IWYU pragma: export
#include "actors/ets/whereis.hpp"  // IWYU pragma: export
#include "actors/ets/writer.hpp"   // IWYU pragma: export
