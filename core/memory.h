#pragma once

namespace gatescope {

/// Bytes of memory that this process can still take: what the machine has free or can free, what the
/// control groups it is in leave, and what its own limit (ulimit -v) leaves. Infinity where nothing says.
double available_memory();

}  // namespace gatescope
