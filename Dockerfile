# Loom's image: Node, dist/ and the packages that it needs at run time; no shell, no package manager, nothing that root must own.
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t loom:0.1.0 .
ARG NODE=26.10.0
ARG DEBIAN=bookworm

# What is made here is the same on every platform, so the builder's own does for all of them.
FROM --platform=$BUILDPLATFORM node:${NODE}-${DEBIAN}-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run -s build && npm prune --ignore-scripts --omit=dev
# What only compilers and debuggers read is half of it; *.bare are libraries for another runtime, of all kinds of machines.
RUN find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' -o -name '*.bare' \) -delete

# Node of the image's own platform, and the libraries that it is linked with. glibc looks up names by itself.
FROM node:${NODE}-${DEBIAN}-slim AS root
RUN mkdir -p /out/etc /out/app /out/tmp /out/var/cache/loom && \
    cp --parents -L $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /usr/local/bin/node /out && \
    echo 'hosts: files dns' > /out/etc/nsswitch.conf && \
    echo 'loom:x:65532:65532:Loom:/:/nologin' > /out/etc/passwd && \
    echo 'loom:x:65532:' > /out/etc/group && \
    chmod 1777 /out/tmp && chown 65532:65532 /out/var/cache/loom

FROM scratch
COPY --from=root /out/ /
COPY --from=build /src/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
COPY package.json LICENSE /app/
WORKDIR /app
ENV PATH=/usr/local/bin NODE_ENV=production
# What the lists of a start take and give back goes back to the node: glibc would keep some tens of MiB of it for the next time.
ENV MALLOC_TRIM_THRESHOLD_=131072
# By number: what checks that a pod does not run as root cannot look names up.
USER 65532:65532
EXPOSE 8080 8443 9091
# Node itself is the first process and gets the signals; there is nothing between.
# What is short-lived may pile up to three times those MiB on the control thread before V8 looks; at first it takes 48. Not less either:
# V8 would look once a second, for less than a MiB.
ENTRYPOINT ["node", "--min-semi-space-size=4", "--max-semi-space-size=4", "/app/dist/main.js"]
CMD ["serve", "/etc/loom/loom.yaml"]

ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Loom" \
      org.opencontainers.image.description="Ingress controller and API gateway whose plugins are sandboxed Proxy-Wasm modules" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
