#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "app/lesson/player.h"
#include "core/files.h"
#include "tests/temporary_folder.h"

namespace gatescope::lesson {

/// A workbench without a window, on a small LSTM before training that reads "the cat sat on the mat", and a
/// folder for lessons.
class OnTheBench : public testing::Test {
 protected:
  OnTheBench() {
    write_file(at("small.json"), R"({"title": "Small", "models": [{"hidden": 6}],
      "opening": {"paused": true}, "training": {"batch": 2, "steps": 8, "evaluate_every": 0}})");
    bench.act(ui::OpenFiles{{at("small.json").string()}});
    bench.act(ui::SetProbeText{"the cat sat on the mat"});
    bench.act(ui::ChooseUnit{2});
    bench.act(ui::ChooseStep{5});
    settle();
  }

  std::filesystem::path at(const std::string& name) const { return folder.path() / name; }

  void settle() {
    for (int k = 0; k < 5; ++k) {
      bench.session().settle();
      bench.tick(1.0 / 60);
      player.tick();
    }
  }

  std::string messages() {
    std::string all;
    for (const ui::Notice& notice : bench.notices().all()) all += notice.text + "\n";
    return all;
  }

  const TemporaryFolder folder;
  ui::Workbench bench{{std::filesystem::path(GATESCOPE_SOURCE_DIR) / "assets/corpora",
                       std::filesystem::path(GATESCOPE_SOURCE_DIR) / "presets", folder.path() / "state",
                       folder.path() / "exports"},
                      1,
                      "test"};
  Player player{bench, folder.path()};
};

}  // namespace gatescope::lesson
