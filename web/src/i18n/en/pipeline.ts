export const pipeline = {
  title: "Pipeline",
};
