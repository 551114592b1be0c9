#include "core/math/kernels.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/math/level/tables.h"

namespace gatescope {
namespace {

#define GATESCOPE_LEVEL_ROW(name, what, level)                                            \
  Level {                                                                                 \
    name, what, &kernels_float_##level, &kernels_double_##level, nn::steps_float_##level, \
        nn::steps_double_##level                                                          \
  }

/// All that this machine runs, the best first.
std::vector<Level> find_runnable() {
  std::vector<Level> levels;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const auto has = [&](bool feature, const Level& level) {
    if (feature) levels.push_back(level);
  };
  const bool v2 = __builtin_cpu_supports("sse4.2");
#ifndef GATESCOPE_FIRST_LEVEL_ONLY
  const bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  has(v4, GATESCOPE_LEVEL_ROW("x86-64-v4", "AVX-512", x86_64_v4));
  has(v3, GATESCOPE_LEVEL_ROW("x86-64-v3", "AVX2 and FMA", x86_64_v3));
#endif
  has(v2, GATESCOPE_LEVEL_ROW("x86-64-v2", "SSE4.2", x86_64_v2));
#elif defined(__aarch64__)
  levels.push_back(GATESCOPE_LEVEL_ROW("neon", "NEON", neon));
#else
  levels.push_back(GATESCOPE_LEVEL_ROW("plain", "what the compiler makes of plain vectors", plain));
#endif
  return levels;
}

const Level& choose_level() {
  const std::span<const Level> levels = runnable_levels();
  if (levels.empty()) fail("this processor has no SSE4.2, which Gatescope needs at least");
  const char* wanted = std::getenv("GATESCOPE_LEVEL");
  if (!wanted || !*wanted) return levels[0];
  std::string names;
  for (const Level& level : levels) {
    if (level.name == wanted) return level;
    if (!names.empty()) names += ", ";
    names += level.name;
  }
  fail("the environment's GATESCOPE_LEVEL is '{}'; this machine runs {}", printable(wanted), names);
}

}  // namespace

std::span<const Level> runnable_levels() {
  static const std::vector<Level> levels = find_runnable();
  return levels;
}

const Level& level() {
  static const Level& chosen = choose_level();
  return chosen;
}

}  // namespace gatescope
