# Builds for arm64 on a Debian of another architecture, with Debian's own compiler, and with its libraries of
# architecture arm64 beside those of the machine. What is built runs where the kernel starts it with qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
