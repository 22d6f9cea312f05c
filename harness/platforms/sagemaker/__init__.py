"""What is known of SageMaker: training and processing jobs of one account and region."""
