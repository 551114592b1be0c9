#include <cstdlib>
#include <map>

#include "core/math/kernels.h"
#include "tests/app/cli/program.h"

namespace gatescope {
namespace {

class Levels : public Program {
 protected:
  ~Levels() override { unsetenv("GATESCOPE_LEVEL"); }
};

TEST_F(Levels, EveryLevelTrainsAndThoseWithFmaToTheSameBits) {
  std::map<std::string, std::string> models;
  for (const Level& level : runnable_levels()) {
    const std::string name(level.name);
    setenv("GATESCOPE_LEVEL", name.c_str(), 1);
    train("--cell lstm --cell gru --hidden 21 --updates 30 --out " + at(name));
    models[name] = read_file(at(name) + "/lstm.safetensors") + read_file(at(name) + "/gru.safetensors");
    EXPECT_EQ(run("bench --cells rnn --hidden 8 --seconds 0.01").out.rfind("kernels for " + name, 0), 0u);
  }
  if (models.contains("x86-64-v4")) {
    EXPECT_EQ(models["x86-64-v4"], models["x86-64-v3"]);
  }
}

TEST_F(Levels, AnUnknownLevelIsAnErrorThatNamesThoseThereAre) {
  setenv("GATESCOPE_LEVEL", "x86-64-v9", 1);
  expect_complaint("bench --cells rnn --hidden 8 --seconds 0.01", 1,
                   "GATESCOPE_LEVEL is 'x86-64-v9'; this machine runs");
}

}  // namespace
}  // namespace gatescope
