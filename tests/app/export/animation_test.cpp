#include "app/export/animation.h"

#include <gif_lib.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "app/export/mp4.h"
#include "app/export/palette.h"
#include "core/error.h"
#include "core/files.h"
#include "fake_ffmpeg.h"
#include "pictures.h"
#include "tests/error_of.h"

namespace gatescope::app {
namespace {

Raster filled(int width, int height, std::array<unsigned char, 3> color) {
  Raster raster{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    raster.rgba.insert(raster.rgba.end(), color.begin(), color.end());
    raster.rgba.push_back(255);
  }
  return raster;
}

void set(Raster& raster, int x, int y, std::array<unsigned char, 3> color) {
  std::copy(color.begin(), color.end(), raster.rgba.begin() + (std::ptrdiff_t(y) * raster.width + x) * 4);
}

// A grey page on which a red dot walks.
Raster walking(int index) {
  Raster raster = filled(12, 8, {90, 90, 90});
  set(raster, index, 3, {200, 10, 10});
  return raster;
}

// Every frame as a player would show it.
std::vector<Raster> play(const std::string& bytes, std::vector<int>& delays) {
  struct Source {
    const std::string& bytes;
    std::size_t at = 0;
  } source{bytes};
  int error = 0;
  auto* gif = DGifOpen(
      &source,
      [](GifFileType* file, GifByteType* out, int length) {
        auto& from = *static_cast<Source*>(file->UserData);
        const auto count = std::min(static_cast<std::size_t>(length), from.bytes.size() - from.at);
        std::memcpy(out, from.bytes.data() + from.at, count);
        from.at += count;
        return static_cast<int>(count);
      },
      &error);
  EXPECT_NE(gif, nullptr);
  EXPECT_EQ(DGifSlurp(gif), GIF_OK);
  std::vector<Raster> frames;
  Raster screen = filled(gif->SWidth, gif->SHeight, {0, 0, 0});
  for (int i = 0; i < gif->ImageCount; ++i) {
    GraphicsControlBlock control{};
    EXPECT_EQ(DGifSavedExtensionToGCB(gif, i, &control), GIF_OK);
    delays.push_back(control.DelayTime);
    const SavedImage& image = gif->SavedImages[i];
    for (int y = 0; y < image.ImageDesc.Height; ++y)
      for (int x = 0; x < image.ImageDesc.Width; ++x) {
        const int index = image.RasterBits[y * image.ImageDesc.Width + x];
        if (index == control.TransparentColor) continue;
        const GifColorType c = gif->SColorMap->Colors[index];
        set(screen, image.ImageDesc.Left + x, image.ImageDesc.Top + y, {c.Red, c.Green, c.Blue});
      }
    frames.push_back(screen);
  }
  DGifCloseFile(gif, &error);
  return frames;
}

}  // namespace

TEST(Gif, PlaysBackExactlyWhereColoursAreFew) {
  std::vector<int> delays;
  const auto frames = play(encode_gif(10, walking, 30), delays);
  ASSERT_EQ(frames.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(frames[std::size_t(i)].rgba, walking(i).rgba) << i;
}

TEST(Gif, DelaysDoNotDrift) {
  std::vector<int> delays;
  play(encode_gif(9, walking, 30), delays);
  int sum = 0;
  for (int d : delays) sum += d;
  EXPECT_EQ(sum, 30) << "nine frames at 30 a second are 0.3 s";
}

TEST(Gif, StoresOnlyWhatChanged) {
  auto still = [](int) { return filled(400, 400, {1, 2, 3}); };
  const auto one = encode_gif(1, still, 10).size(), fifty = encode_gif(50, still, 10).size();
  EXPECT_LT(fifty - one, 50u * 60);
}

TEST(Gif, OfARealFigureIsCloseToIt) {
  const Fonts fonts;
  const auto scene = sample_scene(fonts, plot::ThemeName::dark);
  const Raster picture = paint_raster(scene, fonts, 1);
  std::vector<int> delays;
  const auto frames = play(encode_gif(
                               1, [&](int) { return picture; }, 10),
                           delays);
  double worst = 0, sum = 0;
  for (std::size_t i = 0; i < picture.rgba.size(); ++i) {
    const double off = std::abs(int(picture.rgba[i]) - int(frames[0].rgba[i]));
    worst = std::max(worst, off);
    sum += off;
  }
  EXPECT_LT(sum / double(picture.rgba.size()), 1.0);
  EXPECT_LT(worst, 64);
  EXPECT_TRUE(std::equal(picture.rgba.begin(), picture.rgba.begin() + 4, frames[0].rgba.begin()))
      << "the ground is exact";
}

TEST(Gif, IsTheSameEveryTime) {
  EXPECT_EQ(encode_gif(3, walking, 10), encode_gif(3, walking, 10));
}

TEST(Gif, SaysWhatIsWrongWithItsFrames) {
  EXPECT_EQ(error_of([] { encode_gif(0, walking, 10); }),
            "an animation needs at least one frame, there are 0");
  EXPECT_EQ(error_of([] {
              encode_gif(
                  2, [](int i) { return filled(4 + i, 4, {}); }, 10);
            }),
            "frame 1 has 5x4 pixels, the first has 4x4");
  EXPECT_NE(error_of([] { encode_gif(1, walking, 0); }), "no error");
}

TEST(Animation, IsWrittenByItsExtension) {
  const Folder folder;
  export_animation(folder / "a.gif", 2, walking, 10);
  EXPECT_TRUE(read_file(folder / "a.gif").starts_with("GIF89a"));
  EXPECT_NE(error_of([&] { export_animation(folder / "a.avi", 2, walking, 10); }), "no error");
}

TEST(Mp4, WithoutFfmpegSaysWhatToInstall) {
  const Folder folder;
  const FakeFfmpeg none(folder / "empty", "");
  const auto message = error_of([&] { export_animation(folder / "a.mp4", 2, walking, 10); });
  EXPECT_NE(message.find("apt-get install ffmpeg"), message.npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "a.mp4"));
}

TEST(Mp4, FeedsEveryFrameToFfmpeg) {
  const Folder folder;
  const FakeFfmpeg fake(folder / "bin", "cat > \"${@: -1}\"\n");
  export_animation(folder / "it's.mp4", 3, walking, 10);
  std::string expected;
  for (int i = 0; i < 3; ++i) {
    const auto raster = walking(i);
    expected.append(raster.rgba.begin(), raster.rgba.end());
  }
  EXPECT_EQ(read_file(folder / "it's.mp4"), expected);
}

TEST(Mp4, LeavesTheFilesBesideItAlone) {
  const Folder folder;
  const FakeFfmpeg fake(folder / "bin", "echo chatter >&2; cat > \"${@: -1}\"\n");
  const std::vector<std::string> beside{"a.mp4.log", "a.mp4.part", "a.mp4.part.mp4", "a.part.mp4"};
  for (const std::string& name : beside) write_file(folder / name, "mine");
  export_animation(folder / "a.mp4", 3, walking, 10);
  for (const std::string& name : beside) EXPECT_EQ(read_file(folder / name), "mine") << name;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator((folder / "a.mp4").parent_path()))
    files += entry.is_regular_file();
  EXPECT_EQ(files, beside.size() + 1) << "and nothing new but the film";
}

TEST(Mp4, OfAFailingFfmpegTellsItsLastWordsAndLeavesNothing) {
  const Folder folder;
  const FakeFfmpeg fake(folder / "bin", "echo 'Unknown encoder libx264' >&2; exit 1\n");
  const auto big = [](int) { return filled(800, 600, {1, 2, 3}); };
  const auto message = error_of([&] { export_animation(folder / "a.mp4", 20, big, 10); });
  EXPECT_NE(message.find("Unknown encoder libx264"), message.npos) << message;
  for (const auto& entry : std::filesystem::directory_iterator((folder / "a.mp4").parent_path()))
    EXPECT_EQ(entry.path().filename(), "bin");
}

TEST(Mp4, IsMadeAPieceAtATimeAndStopsItsFfmpegWhereItIsLeft) {
  const Folder folder;
  // It says who it is, takes nothing, and would stay for an hour.
  const FakeFfmpeg fake(folder / "bin", "echo $$ > '" + (folder / "pid").string() + "'; exec sleep 3600\n");
  write_file(folder / "a.mp4", "before");
  const Raster large = filled(2000, 1500, {1, 2, 3});  // more than a socket holds
  pid_t child = 0;
  {
    Mp4Encoder encoder(folder / "a.mp4", 2, 10);
    EXPECT_FALSE(encoder.advance()) << "it has nothing yet";
    encoder.take(large);
    while (child == 0) {
      EXPECT_TRUE(encoder.advance()) << "and comes back though nobody reads";
      if (std::filesystem::exists(folder / "pid")) std::istringstream(read_file(folder / "pid")) >> child;
    }
    EXPECT_EQ(encoder.next(), 1);
    EXPECT_EQ(::kill(child, 0), 0);
  }
  EXPECT_NE(::kill(child, 0), 0);
  EXPECT_EQ(read_file(folder / "a.mp4"), "before");
  for (const auto& entry : std::filesystem::directory_iterator((folder / "a.mp4").parent_path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with(kUnfinishedFile));
}

TEST(Mp4, AsksForFramesOfOneSize) {
  const Folder folder;
  const FakeFfmpeg fake(folder / "bin", "cat > \"${@: -1}\"\n");
  const auto growing = [](int i) { return filled(4 + i, 4, {}); };
  EXPECT_EQ(error_of([&] { export_animation(folder / "a.mp4", 2, growing, 10); }),
            "frame 1 has 5x4 pixels, the first has 4x4");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.mp4"));
}

}  // namespace gatescope::app
