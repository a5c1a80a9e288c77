# defenderd as a container image; deploy/README.md describes how to build and run it.
#
#   docker build -t defenderd --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker build -t defenderd-demo --target demo .         with the simulated Azure
#
# Labels that name an address are yours, so `--label` sets them. Registries link an image to its source by the first:
#
#   docker build -t defenderd --label org.opencontainers.image.source=https://git.example.com/platform/defenderd \
#     --label org.opencontainers.image.url=... --label org.opencontainers.image.documentation=... .

# The build fails if this differs from CMake's project version.
ARG VERSION=0.2.0
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
# A time of Debian's snapshot archive, such as 20260101T000000Z, whose packages to use. Empty: the
# current packages.
ARG SNAPSHOT=
COPY .ci/packages /src/.ci/
RUN set -eu; \
    apt="apt-get -q ${SNAPSHOT:+--snapshot=$SNAPSHOT -o Acquire::Check-Valid-Until=false}"; \
    export DEBIAN_FRONTEND=noninteractive; \
    $apt -o APT::Update::Error-Mode=any update; \
    $apt -y --no-install-recommends install ccache $(sed 's/#.*//' /src/.ci/packages); \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG VERSION
ARG REVISION=unknown
# The timestamp of all created files, in seconds since 1970. With SNAPSHOT it makes builds reproducible.
ARG SOURCE_DATE_EPOCH=0
RUN --mount=type=cache,target=/root/.cache/ccache set -eu; \
    export CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)"; \
    cmake --preset release -D CMAKE_CXX_COMPILER_LAUNCHER=ccache -D DEFENDERD_REVISION="$REVISION" \
      -D CMAKE_EXE_LINKER_FLAGS='-Wl,--as-needed -Wl,-z,relro,-z,now'; \
    cmake --build --preset release --target defenderd armsim_main unit_tests; \
    ctest --test-dir build/release -L unit --output-on-failure --parallel "$(nproc)"; \
    test "$(build/release/daemon/defenderd version | head -n 1)" = "defenderd $VERSION (revision $REVISION)" || \
      { echo "VERSION=$VERSION is not the version in CMakeLists.txt"; exit 1; }; \
    deploy/image/assemble /image build/release/daemon/defenderd; \
    deploy/image/assemble --beside /image /demo build/release/tests/armsim/armsim; \
    mkdir -p /state/defenderd

FROM scratch AS program
ARG VERSION
ARG REVISION=unknown
LABEL org.opencontainers.image.title="defenderd" \
      org.opencontainers.image.description="Keeps Microsoft Defender for Cloud's AI threat protection as declared" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
# For the journal and the state: a volume that is mounted here inherits the owner.
COPY --from=build --chown=65532:65532 /state/ /var/lib/
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/usr/bin/defenderd", "healthcheck"]
ENTRYPOINT ["/usr/bin/defenderd"]
CMD ["run"]

FROM program AS demo
LABEL org.opencontainers.image.title="defenderd-demo"
COPY --from=build /demo/usr/ /usr/

FROM program AS defenderd
