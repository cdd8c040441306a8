# The service in an image: built from the sources, run as a user without rights, state in /data.
#   docker build -t fleetproof . && docker run --rm -p 8080:8080 -v fleetproof:/data fleetproof
# The first start prints the first token into the log, once.
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY constraints constraints
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/fleetproof
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The container's network is the proxy's: TLS ends there, or is given by --tls-cert and --tls-key.
ENTRYPOINT ["node", "dist/src/cli/main.js", "serve", "--host", "0.0.0.0", "--port", "8080", "--data", "/data", "--behind-proxy"]
